"""``manage.py squid_mesh triggers``, and triggers in the admin."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from squid_mesh import api
from squid_mesh.engine.clock.triggers import list_declared_triggers
from squid_mesh.models import Trigger
from tests.host import workflows

NAME = workflows.Clocked.workflow_name


def run(*arguments: str) -> tuple[str, int]:
    """Return the output of the command and its exit code."""
    out = StringIO()
    try:
        call_command("squid_mesh", "triggers", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def test_triggers_are_listed_with_the_reasons_why_they_cannot_fire() -> None:
    result, code = run()
    assert code == 0
    assert "declared in the code but not in the database" in result
    run("--sync")
    result, _ = run()
    line = next(line for line in result.splitlines() if " prompt " in line)
    assert "*/10 * * * *" in line
    assert "Etc/UTC" in line
    assert "doesn't" not in result


def test_check_fails_until_the_rows_match_the_code_and_writes_nothing() -> None:
    assert run("--check")[1] == 1
    assert not Trigger.objects.exists()
    assert f"{len(list_declared_triggers())} updated." in run("--sync")[0]
    result, code = run("--check")
    assert code == 0
    assert "Rows match the code." in result
    Trigger.objects.filter(name="prompt").update(expression="0 0 * * *")
    result, code = run("--check")
    assert code == 1
    assert "'0 0 * * *' in the database, '*/10 * * * *' in the code" in result


def test_json_output_is_the_snapshots() -> None:
    run("--sync")
    result, _ = run("--json")
    found = {t["name"]: t for t in json.loads(result)}
    assert found["alone"]["overlap"] == "skip"
    assert found["alone"]["next_time"].endswith("Z")


def test_sync_and_check_exclude_each_other() -> None:
    with pytest.raises(CommandError):
        run("--sync", "--check")


class TestAdmin:
    @pytest.fixture
    def client(self) -> Client:
        api.refresh_triggers()
        user = User.objects.create_user("operator", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(codename__in=["view_trigger", "change_trigger", "view_run"])
        )
        client = Client()
        client.force_login(user)
        return client

    def test_the_list_shows_times_and_links_to_the_last_run(self, client: Client) -> None:
        last = api.start_run(workflows.Single)
        Trigger.objects.filter(name="every").update(last_run=last.id)
        page = client.get(reverse("admin:squid_mesh_trigger_changelist")).content.decode()
        assert reverse("admin:squid_mesh_run_change", args=[last.id]) in page
        assert "*/10 * * * *" in page

    def test_the_switch_in_the_list_goes_through_the_api(self, client: Client) -> None:
        rows = list(Trigger.objects.order_by("workflow", "name"))
        data: dict[str, str] = {
            "form-TOTAL_FORMS": str(len(rows)),
            "form-INITIAL_FORMS": str(len(rows)),
            "_save": "Save",
        }
        for n, row in enumerate(rows):
            data[f"form-{n}-id"] = str(row.pk)
            if row.name != "every":
                data[f"form-{n}-enabled"] = "on"
        client.post(reverse("admin:squid_mesh_trigger_changelist"), data)
        every = Trigger.objects.get(name="every")
        assert (every.enabled, every.due_at, every.changed_by_text) == (False, None, "operator")
        assert Trigger.objects.get(name="last").changed_at is None

    def test_an_overriding_expression_is_validated_and_used(self, client: Client) -> None:
        row = Trigger.objects.get(name="every")
        url = reverse("admin:squid_mesh_trigger_change", args=[row.pk])
        wrong = {"enabled": "on", "expression_override": "@daily", "timezone_override": "Mars"}
        page = client.post(url, wrong).content.decode()
        assert "have five fields" in page
        assert "Unknown timezone Mars" in page
        right = {"enabled": "on", "expression_override": "0 12 * * *", "timezone_override": "Asia/Tokyo"}
        assert client.post(url, right).status_code == 302
        row.refresh_from_db()
        assert row.next_time is not None
        assert (row.effective_expression, row.next_time.hour) == ("0 12 * * *", 3)

    def test_a_user_with_view_permission_changes_nothing(self, client: Client) -> None:
        user = User.objects.get(username="operator")
        user.user_permissions.set(Permission.objects.filter(codename="view_trigger"))
        row = Trigger.objects.get(name="every")
        url = reverse("admin:squid_mesh_trigger_change", args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"expression_override": "", "timezone_override": ""}).status_code == 403
        row.refresh_from_db()
        assert row.enabled
        assert client.post(reverse("admin:squid_mesh_trigger_delete", args=[row.pk])).status_code == 403
