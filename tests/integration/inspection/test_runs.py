"""Looking at runs: snapshots, lists, masked secrets, the admin, and async callers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client, override_settings
from django.urls import reverse
from django.views.debug import SafeExceptionReporterFilter
from pydantic import BaseModel

from squid_mesh import Workflow, api, step
from squid_mesh.exceptions import IllegalMove, InvalidArgument, WorkflowNotFound
from squid_mesh.inspection.masking import MASK
from squid_mesh.lifecycle import RUN_MOVES, STEP_MOVES, RunStatus, StepStatus, move_run, move_step
from squid_mesh.models import Attempt, AuditEvent, Definition, Run, StepRun
from squid_mesh.models.uuid7 import uuid7
from tests.host import steps, workflows
from tests.host.models import Order
from tests.host.runs import driven, row, seen

Plan = dict[str, Any]


@pytest.fixture
def secret_run() -> Any:
    return driven(workflows.Secret, {"token": "tok-123", "phone": "555-9"})


def test_secrets_are_stored_and_never_shown(secret_run: Any) -> None:
    assert Run.objects.get().payload["token"] == "tok-123"
    run = seen(secret_run)
    assert run.status == "completed"
    assert run.payload["token"] == run.state["token"] == MASK
    assert run.step("card").output == {"owner": "squid", "number": MASK}
    assert run.state["card"]["number"] == MASK
    assert run.step("use").input == {"given": MASK, "card": {"owner": "squid", "number": MASK}}
    text = json.dumps(run.model_dump(mode="json"))
    assert "tok-123" not in text
    assert "4000-1234" not in text


def test_fields_named_in_the_settings_are_masked(secret_run: Any) -> None:
    assert seen(secret_run).payload["phone"] == "555-9"
    with override_settings(SQUID_MESH={"MASKED_FIELDS": ["Phone"]}):
        assert seen(secret_run).payload["phone"] == MASK


class Anything(Workflow):
    class Payload(BaseModel):
        given: dict[str, Any]

    only = step(steps.act)


class HostFilter(SafeExceptionReporterFilter):
    hidden_settings = re.compile(
        f"{SafeExceptionReporterFilter.hidden_settings.pattern}|PHONE", re.IGNORECASE
    )


def test_names_that_the_projects_own_exception_filter_hides_are_masked(secret_run: Any) -> None:
    assert seen(secret_run).payload["phone"] == "555-9"
    with override_settings(DEFAULT_EXCEPTION_REPORTER_FILTER=f"{__name__}.HostFilter"):
        assert seen(secret_run).payload["phone"] == MASK
    with override_settings(DEFAULT_EXCEPTION_REPORTER_FILTER="not.installed.Filter"):
        assert seen(secret_run).payload["token"] == MASK


def test_names_that_the_settings_never_mask_are_shown_unless_their_type_is_secret(secret_run: Any) -> None:
    masked_names = {"MASKED_FIELDS": ["phone"], "UNMASKED_FIELDS": ["Phone", "token"]}
    with override_settings(SQUID_MESH=masked_names):
        run = seen(secret_run)
    assert (run.payload["phone"], run.payload["token"]) == ("555-9", MASK)


def test_a_secret_word_inside_another_word_masks_nothing() -> None:
    words = {"author": "ann", "keywords": ["a"], "compass": "north", "passengers": 4}
    secrets = {"api_key": "k1", "apiKey": "k2", "APIKey": "k3", "db_password": "k4", "token": "k5"}
    run_id = driven(Anything, {"given": {**words, **secrets}})
    assert seen(run_id).payload["given"] == {**words, **dict.fromkeys(secrets, MASK)}


def test_a_snapshot_has_its_history_on_demand() -> None:
    run_id = driven(workflows.Single)
    short = api.inspect_run(run_id)
    assert (short.events, short.steps[0].attempts) == ((), ())
    assert seen(run_id).events
    assert seen(run_id).steps[0].attempts


def test_an_unknown_step_raises_key_error() -> None:
    with pytest.raises(KeyError):
        seen(driven(workflows.Single)).step("two")


def test_lists_are_filtered() -> None:
    order = Order.objects.create(note="n")
    single = api.start_run(workflows.Single, subject=order, idempotency_key="key-1").id
    chain = driven(workflows.Chain)
    night = api.start_run(workflows.Twice, trigger="nightly").id

    def found(**filters: Any) -> list[Any]:
        return [run.id for run in api.list_runs(**filters).runs]

    assert found() == [night, chain, single]
    assert found(workflow="host.Chain") == found(workflow=workflows.Chain) == [chain]
    assert found(status="completed") == [chain, single]
    assert found(status="pending") == [night]
    assert found(trigger="nightly") == [night]
    assert found(subject=order) == found(search=str(order.pk)) == [single]
    assert found(search="key-1") == found(search=str(single)) == [single]
    assert found(search="nothing") == []


def test_pages_have_every_run_once_newest_first() -> None:
    runs = [api.start_run(workflows.Single).id for _ in range(5)]
    pages, after = [], None
    while True:
        page = api.list_runs(limit=2, after=after)
        pages.append([run.id for run in page.runs])
        after = page.next
        if after is None:
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [run for page in pages for run in page] == runs[::-1]


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"status": "done"}, "status"),
        ({"after": "page 2"}, "after"),
    ],
)
def test_an_invalid_argument_of_a_list_is_named(given: dict[str, Any], argument: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.list_runs(**given)
    assert (caught.value.code, caught.value.details["argument"]) == ("invalid_argument", argument)


def test_an_uninstalled_workflow_is_listed_and_an_unknown_one_is_not_found() -> None:
    run_id = api.start_run(workflows.Single).id
    Run.objects.update(workflow="old.Gone")
    assert [run.id for run in api.list_runs(workflow="old.Gone").runs] == [run_id]
    with pytest.raises(WorkflowNotFound):
        api.list_runs(workflow="old.Never")


def test_every_function_has_an_async_version() -> None:
    async def all_of_them() -> None:
        started = await api.astart_run(workflows.Single)
        assert (await api.ainspect_run(started.id)).id == started.id
        assert [run.id for run in (await api.alist_runs()).runs] == [started.id]
        assert (await api.acancel_run(started.id)).status == "cancelled"
        assert (await api.areplay_run(started.id)).replay_of == started.id

    async_to_sync(all_of_them)()


@pytest.fixture
def pages(admin_client: Client) -> Client:
    return admin_client


@pytest.mark.parametrize("model", ["run", "steprun"])
def test_the_admin_lists_and_searches(model: str, pages: Client, secret_run: Any) -> None:
    address = reverse(f"admin:squid_mesh_{model}_changelist")
    assert pages.get(address).status_code == 200
    found = pages.get(address, {"q": str(secret_run)})
    assert found.status_code == 200
    assert found.context["cl"].result_count == (1 if model == "run" else 2)


def test_the_admin_shows_a_run_and_no_secret(pages: Client, secret_run: Any) -> None:
    page = pages.get(reverse("admin:squid_mesh_run_change", args=[secret_run]))
    assert page.status_code == 200
    assert "tok-123" not in page.content.decode()
    assert MASK in page.content.decode()


@pytest.mark.parametrize("name", ["card", "use"])
def test_the_admin_shows_a_step_and_no_secret(name: str, pages: Client, secret_run: Any) -> None:
    page = pages.get(reverse("admin:squid_mesh_steprun_change", args=[row(secret_run, name).pk]))
    assert page.status_code == 200
    assert "4000-1234" not in page.content.decode()
    assert MASK in page.content.decode()


def test_the_admin_shows_what_failed(pages: Client, plan: Plan) -> None:
    plan["only"] = ValueError("no ink left")
    run_id = driven(workflows.Single)
    for address in (
        reverse("admin:squid_mesh_run_change", args=[run_id]),
        reverse("admin:squid_mesh_steprun_change", args=[row(run_id, "only").pk]),
    ):
        assert "no ink left" in pages.get(address).content.decode()


@pytest.mark.parametrize("model", ["run", "steprun"])
def test_the_admin_changes_nothing(model: str, pages: Client, secret_run: Any) -> None:
    target = secret_run if model == "run" else row(secret_run, "use").pk
    add = reverse(f"admin:squid_mesh_{model}_add")
    change = reverse(f"admin:squid_mesh_{model}_change", args=[target])
    delete = reverse(f"admin:squid_mesh_{model}_delete", args=[target])
    assert [pages.post(address).status_code for address in (add, change, delete)] == [403, 403, 403]
    assert Run.objects.count() == 1


def test_rows_have_readable_names() -> None:
    driven(workflows.Single)
    assert str(Run.objects.get().pk) in str(Run.objects.get()) or "host.Single" in str(Run.objects.get())
    assert str(StepRun.objects.get()) == "only (completed)"
    assert str(Attempt.objects.get()) == "attempt 1 (completed)"
    assert "run_started" in str(AuditEvent.objects.first())
    assert "host.Single" in str(Definition.objects.get())


def test_ids_sort_by_their_creation_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    made = []
    for second in (1, 2, 300, 10**9):
        monkeypatch.setattr(time, "time_ns", lambda second=second: second * 10**9)
        made.append(uuid7())
    assert made == sorted(made)
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    assert len({uuid7() for _ in range(100)}) == 100


def test_only_the_moves_in_the_tables_are_legal() -> None:
    for before in RunStatus:
        for after in RunStatus:
            if after in RUN_MOVES[before]:
                assert move_run(before, after) is after
            else:
                with pytest.raises(IllegalMove):
                    move_run(before, after)
    for one in StepStatus:
        for other in StepStatus:
            if other in STEP_MOVES[one]:
                assert move_step(one, other) is other
            else:
                with pytest.raises(IllegalMove):
                    move_step(one, other)


@pytest.mark.parametrize("shown", [8, 13, 18, 36])
def test_a_run_is_found_by_the_beginning_of_its_id_as_pages_show_it(shown: int) -> None:
    run = api.start_run(workflows.Single)
    part = str(run.id)[:shown]
    for search in (part, f"{part}…", part.upper(), f"{{{part}}}"):
        assert [one.id for one in api.list_runs(search=search).runs] == [run.id]
    assert api.list_runs(search=str(run.id)[:7]).runs == ()
    assert api.list_runs(search=str(run.id)[-8:] + "x").runs == ()
