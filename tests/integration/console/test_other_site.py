"""An admin site of the project's own that has only some of the console's model admins."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.urls import path
from django.utils import timezone

from squid_mesh import api
from squid_mesh.admin import RunAdmin, StepAdmin, TriggerAdmin, WaitingAdmin
from squid_mesh.engine.clock import triggers
from squid_mesh.models import Run, StepRun, Trigger, Waiting
from tests.host import workflows
from tests.host.runs import driven
from tests.integration.console.html import page

runs_only = admin.AdminSite("runs_only")
runs_only.register(Run, RunAdmin)
runs_only.register(Session)
rest = admin.AdminSite("rest")
rest.register(StepRun, StepAdmin)
rest.register(Trigger, TriggerAdmin)
rest.register(Waiting, WaitingAdmin)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("runs/", runs_only.urls),
    path("rest/", rest.urls),
]
ALL = tuple(f"squid_mesh.{name}" for name in ("view_run", "view_steprun", "view_trigger", "start_run"))


@pytest.mark.urls(__name__)
def test_a_site_with_the_runs_alone_has_all_their_pages(staff: Any) -> None:
    run_id = driven(workflows.Chain)
    triggers.sync_triggers()
    client = staff(*ALL)
    base = "/runs/squid_mesh/run/"
    for end in ("", "dashboard/", "waiting/", "workflows/", "workflows/host.Clocked/", f"{run_id}/change/"):
        shown = page(client, base + end)
        assert 'href="/admin/' not in shown.replace('href="/admin/squid_mesh/trigger/', "")
    assert "host.Clocked" in page(client, f"{base}dashboard/")


@pytest.mark.urls(__name__)
def test_a_site_without_the_runs_shows_its_lists_without_links_to_them(staff: Any) -> None:
    driven(workflows.Chain)
    triggers.sync_triggers()
    api.fire_trigger("host.Clocked", "every")
    client = staff(*ALL)
    for model in ("steprun", "trigger"):
        assert page(client, f"/rest/squid_mesh/{model}/")
    assert client.get("/rest/squid_mesh/waiting/")["Location"] == "/rest/"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("key", ["a_5Fb", "a_b", "a/b", "ü?#%"])
def test_a_subject_with_any_key_is_linked_to_its_own_page(staff: Any, key: str) -> None:
    session = Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())
    run = api.start_run(workflows.Single, subject=session)
    client = staff("squid_mesh.view_run", "sessions.view_session")
    response = client.get(f"/runs/squid_mesh/run/{run.id}/change/")
    url = response.context["subject"].url
    assert client.get(url).context["original"] == session
