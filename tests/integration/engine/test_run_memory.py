"""What a worker keeps of a run between steps, and what it forgets."""

from __future__ import annotations

from typing import Any

from squid_mesh import StepContext, api
from squid_mesh.engine.settle.results import Done
from tests.host import steps, workflows
from tests.host.runs import claim, run_until_idle, seen, settled

Plan = dict[str, Any]


def test_a_step_never_sees_an_output_that_a_rewind_took_back(plan: Plan) -> None:
    """One worker executes a branch, keeps its output, and executes the other branch. Meanwhile a person
    rewinds the first branch, and another worker executes it again."""
    run_id = api.start_run(workflows.Spread).id
    plan["left"] = {"amount": 1}

    def rewind_the_left_branch(ctx: StepContext) -> dict[str, Any]:
        api.rewind_run(run_id, "left")
        settled(claim(run_id), Done("ok", {"amount": 2}))
        return {"right": True}

    plan["right"] = rewind_the_left_branch
    run_until_idle()
    end = steps.CONTEXTS[-1]
    assert end.step == "end"
    assert end.state == {"amount": 2, "right": True}
    assert end.results == {"start": None, "left": {"amount": 2}, "right": {"right": True}}
    assert seen(run_id).status == "completed"
