"""A status that a newer version wrote stops neither this version's workers nor that version's step."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from squid_mesh import Outcome, StepContext, StepFailed, api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.models import Run, StepRun
from tests.host import people, workflows
from tests.host.runs import claim, driven, run_until_idle, statuses
from tests.integration.newer_rows import write_unknown

Plan = dict[str, Any]


def as_newer_version(step: str) -> Any:
    """What a step does so that another one has a status that this version doesn't know."""

    def act(ctx: StepContext) -> None:
        rows = StepRun.objects.filter(run_id=ctx.run_id, name=step)
        rows.update(due_at=None)
        write_unknown(StepRun, "status", "compensating", run_id=ctx.run_id, name=step)

    return act


def run_status(run_id: Any) -> str:
    return Run.objects.values_list("status", flat=True).get(pk=run_id)


def test_a_join_waits_for_a_step_with_a_newer_status(plan: Plan, calls: list[str]) -> None:
    plan["left"] = as_newer_version("right")
    run_id = driven(workflows.Spread)
    assert calls == ["start", "left"]
    assert statuses(run_id) | {"right": "compensating"} == statuses(run_id)
    assert "end" not in {step.name for step in StepRun.objects.filter(run_id=run_id)}
    assert run_status(run_id) == "running"


def test_a_failing_run_waits_for_a_step_with_a_newer_status(plan: Plan) -> None:
    newer = as_newer_version("right")

    def fail(ctx: StepContext) -> None:
        newer(ctx)
        raise StepFailed("no")

    plan["left"] = fail
    run_id = driven(workflows.Spread)
    assert run_status(run_id) == "failing"
    assert StepRun.objects.get(run_id=run_id, name="right").status == "compensating"


def test_a_route_never_takes_back_a_step_with_a_newer_status(plan: Plan) -> None:
    newer = as_newer_version("slow")

    def go_back(ctx: StepContext) -> Outcome:
        newer(ctx)
        return Outcome("again")

    plan["quick"] = go_back
    run_id = driven(people.Overtakes)
    run = Run.objects.get(pk=run_id)
    assert run.status == "failing"
    assert run.error["code"] == "newer_version"
    assert StepRun.objects.get(run_id=run_id, name="slow").current


@pytest.mark.django_db(transaction=True)  # the log records are written at the commit
def test_nothing_is_settled_in_a_run_with_a_newer_status(
    plan: Plan, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    def move_run(ctx: StepContext) -> None:
        write_unknown(Run, "status", "undoing", id=ctx.run_id)

    plan["one"] = [move_run]
    run_id, other = api.start_run(workflows.Chain).id, api.start_run(workflows.Chain).id
    run_until_idle()
    assert calls == ["one", "one", "two", "three"]
    assert (run_status(run_id), run_status(other)) == ("undoing", "completed")
    assert StepRun.objects.get(run_id=run_id).status == "running"
    assert "a newer version wrote it" in caplog.text


def test_a_lost_step_of_a_run_with_a_newer_status_is_left_to_that_version() -> None:
    run_id, other = api.start_run(workflows.Single).id, api.start_run(workflows.Single).id
    claim(run_id)
    claim(other)
    StepRun.objects.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    write_unknown(Run, "status", "undoing", id=run_id)
    assert recover_lost_steps() == 1
    assert StepRun.objects.get(run_id=run_id).status == "running"
    assert StepRun.objects.get(run_id=other).status == "ready"
