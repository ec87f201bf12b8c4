"""Addresses and stored values that no page was made for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from squid_mesh import api
from squid_mesh.models import Definition, Run, StepRun
from tests.host import workflows
from tests.host.runs import driven, row
from tests.integration.console.html import page
from tests.integration.test_growth import make_attempts

BASE = "/admin/squid_mesh/"
VIEWS = tuple(f"squid_mesh.view_{model}" for model in ("run", "steprun", "attempt", "auditevent", "trigger"))


@pytest.mark.parametrize(
    "address",
    [
        *("run/?workflow__regex=(", "run/?id__range=1", "run/?payload__isnull=x", "run/?created_at__year=x"),
        *("run/?steps__name=x", "run/?definition__blueprint__icontains=a", "run/?nonsense=1"),
        *("steprun/?run__id=x", "steprun/?name__regex=(", "steprun/?attempt_number__gt=x"),
        *("attempt/?step__run__payload=1", "auditevent/?sequence__in=,", "trigger/?due_at__gt=x"),
    ],
)
def test_a_filter_that_a_list_does_not_have_is_left_out_with_a_message(address: str, staff: Any) -> None:
    driven(workflows.Single)
    response = staff(*VIEWS).get(BASE + address + "&q=", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain
    (message,) = response.context["messages"]
    assert "has no filter" in str(message)


@pytest.mark.parametrize(
    "address",
    [
        *("run/?status=nonsense", "run/?workflow=a/b", "run/?since=x", "run/?attention=no", "run/?tag=,"),
        *("run/?p=999999", "run/?p=x", "run/?o=9.9", "run/?o=x", "run/?q=%E2%80%AE", "run/?all="),
        *(
            "trigger/?enabled__exact=x",
            "trigger/?enabled__isnull=x",
            "steprun/?q=x",
            "attempt/?q=(",
            "run/?e=1",
        ),
        *("steprun/?status=x", "auditevent/?q=x", "run/?_facets=1", "run/?_popup=1"),
    ],
)
def test_no_value_of_a_filter_breaks_a_list(address: str, staff: Any) -> None:
    driven(workflows.Single)
    assert staff(*VIEWS).get(BASE + address, follow=True).status_code == 200


@override_settings(USE_THOUSAND_SEPARATOR=True, LANGUAGE_CODE="en")
def test_numbers_in_addresses_have_no_separators(staff: Any) -> None:
    run_id = make_attempts(1300)
    client = staff(*VIEWS)
    shown = page(client, f"{BASE}run/{run_id}/change/")
    assert "1,280 older attempts" in shown
    for address in (f"{BASE}run/{run_id}/change/", f"{BASE}run/{run_id}/attempts/only/1/"):
        shown = page(client, address)
        assert "?before=1,2" not in shown
        assert "?before=12" in shown


def test_a_stored_name_that_no_url_can_have_breaks_no_page(staff: Any) -> None:
    run_id = driven(workflows.Single)
    make_attempts(30)
    for model in (Run, Definition):
        model.objects.update(workflow="a/b\x1b[31m\u202ec")
    client = staff(*VIEWS, "squid_mesh.start_run")
    for end in ("run/", "run/workflows/", "run/dashboard/", f"run/{run_id}/change/", "steprun/"):
        assert page(client, BASE + end)


def test_the_older_attempts_of_a_step_whose_name_no_url_can_have_have_no_link(staff: Any) -> None:
    run_id = make_attempts(30)
    step = row(run_id, "only")
    run = Run.objects.get(pk=run_id)
    definition = Definition.objects.get(pk=run.definition_id)
    blueprint = {**definition.blueprint, "steps": [{**definition.blueprint["steps"][0], "name": "x/y"}]}
    other = Definition.objects.create(
        fingerprint="f" * 64, workflow="w", blueprint=blueprint, created_at=run.created_at
    )
    Run.objects.filter(pk=run_id).update(definition=other)
    StepRun.objects.filter(pk=step.pk).update(name="x/y")
    shown = page(staff(*VIEWS), f"{BASE}run/{run_id}/change/")
    assert "10 older attempts" in shown
    assert api.inspect_run(run_id).step("x/y").status == "completed"
