"""A step that needs a stored value which can't be read waits visibly; its code doesn't run without it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model

from squid_mesh import api
from squid_mesh.exceptions import IllegalAction
from squid_mesh.lifecycle import StepStatus, WaitingFor
from squid_mesh.models import Run, StepRun
from tests.host import people, steps, workflows
from tests.host.people import person
from tests.host.runs import driven, fast_forward, run_until_idle, seen
from tests.integration.newer_rows import write_unknown

VALUES = {
    "payload": (Run, "payload", "[]"),
    "null payload": (Run, "payload", "null"),
    "schedule": (Run, "schedule", "7"),
    "request": (StepRun, "request", '{"newer": true}'),
}


def key(model: type[Model], run_id: UUID) -> dict[str, Any]:
    return {"pk": run_id} if model is Run else {"run_id": run_id}


@pytest.mark.parametrize("name", VALUES)
def test_the_step_waits_and_continues_once_the_value_is_repaired(name: str, plan: dict[str, Any]) -> None:
    model, column, text = VALUES[name]
    run_id = api.start_run(workflows.Chain).id
    before = model._base_manager.values_list(column, flat=True).get(**key(model, run_id))
    write_unknown(model, column, text, **key(model, run_id))
    other = api.start_run(workflows.Single).id
    run_until_idle()
    assert seen(other).status == "completed"
    run = seen(run_id)
    assert (run.status, run.step("one").status) == ("paused", StepStatus.PAUSED)
    assert run.step("one").waiting_for is WaitingFor.UNREADABLE_ROW
    assert run.step("one").attempts == ()
    assert run.step("one").attempt == 0
    explanation = api.explain_run(run_id, user=person("chief", is_superuser=True))
    assert explanation.reason is api.Reason.UNREADABLE_ROW
    assert explanation.details["table"] == model._meta.db_table
    assert explanation.details["column"] == column
    assert f"column {column} of row {explanation.details['id']} in table {model._meta.db_table}" in (
        explanation.summary
    )
    offered = {one.action.value for one in explanation.next_actions}
    assert {"retry_step", "resolve_step", "cancel_run"} <= offered
    assert ("skip_step" in offered) is (column != "request")
    fast_forward(run_id)
    run_until_idle()
    assert [event.type for event in seen(run_id).events].count("unreadable_row") == 1
    model._base_manager.filter(**key(model, run_id)).update(**{column: before})
    fast_forward(run_id)
    run_until_idle()
    assert seen(run_id).status == "completed"


def test_a_step_does_not_run_without_the_output_of_an_earlier_one(plan: dict[str, Any]) -> None:
    plan["two"] = [ValueError("once")]
    run_id = driven(workflows.Chain)
    calls = len(steps.CALLS)
    one = StepRun.objects.get(run_id=run_id, name="one")
    write_unknown(StepRun, "output", "9" * 5_000, pk=one.pk)
    api.retry_step(run_id, "two")
    run_until_idle()
    assert len(steps.CALLS) == calls
    run = seen(run_id)
    assert run.step("two").waiting_for is WaitingFor.UNREADABLE_ROW
    assert run.step("two").error["details"] | {"problem": ""} == {
        "table": "squid_mesh_steprun",
        "id": str(one.pk),
        "column": "output",
        "problem": "",
    }
    api.cancel_run(run_id)
    assert seen(run_id).status == "cancelled"


def test_an_approval_past_its_deadline_goes_on_asking() -> None:
    run_id = driven(people.Expires)
    stored = StepRun.objects.values_list("request", flat=True).get(run_id=run_id)
    write_unknown(StepRun, "request", '{"kind": "survey"}', run_id=run_id)
    fast_forward(run_id)
    run_until_idle()
    run = seen(run_id)
    assert (run.status, run.step("review").waiting_for) == ("paused", WaitingFor.APPROVAL)
    assert api.explain_run(run_id).reason is api.Reason.UNREADABLE_ROW
    StepRun.objects.filter(run_id=run_id).update(request=stored)
    fast_forward(run_id)
    run_until_idle()
    assert seen(run_id).step("review").outcome == "timeout"


def test_a_due_step_that_waits_for_something_unknown_is_left_to_newer_workers(plan: dict[str, Any]) -> None:
    plan["two"] = [ValueError("once")]
    run_id = driven(workflows.Chain)
    api.retry_step(run_id, "two")
    write_unknown(StepRun, "waiting_for", "moonlight", run_id=run_id, name="two")
    other = driven(workflows.Single)
    assert seen(other).status == "completed"
    run = seen(run_id)
    assert run.step("two").waiting_for == "moonlight"
    assert run.step("two").status is StepStatus.READY
    explanation = api.explain_run(run_id)
    assert explanation.reason is api.Reason.UNKNOWN_VALUE
    assert "moonlight" in explanation.summary
    with pytest.raises(IllegalAction):
        api.retry_step(run_id, "two")
