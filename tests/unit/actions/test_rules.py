"""What is legal for a step that waits, by its status, what it waits for, and its run's status."""

from __future__ import annotations

import pytest

from squid_mesh.actions import SPECS, Action, list_step_actions
from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus, StepStatus

REMEDIES = {Action.RETRY, Action.SKIP, Action.RESOLVE}
LEGAL = {
    ("ready", None): {Action.SKIP},
    ("waiting", "timer"): {Action.SKIP},
    ("waiting", "retry"): REMEDIES,
    ("waiting", "defer"): REMEDIES,
    ("paused", "code"): {Action.SKIP, Action.RESOLVE},
    ("paused", "crash_cap"): REMEDIES,
    ("paused", "approval"): {Action.DECIDE, Action.SKIP},
    ("paused", "pause"): {Action.UNBLOCK, Action.SKIP},
    ("unknown", "outcome"): REMEDIES,
    ("running", None): set(),
    ("completed", None): set(),
}


@pytest.mark.parametrize("run", list(RunStatus))
@pytest.mark.parametrize(("step", "waiting_for"), list(LEGAL))
def test_a_step_of_an_active_run_has_the_actions_of_its_state(
    run: RunStatus, step: str, waiting_for: str | None
) -> None:
    reopens = step == "unknown" and run in (RunStatus.FAILED, RunStatus.COMPLETED)
    expected = LEGAL[step, waiting_for] if run in ACTIVE_RUN or reopens else set()
    assert set(list_step_actions(run, StepStatus(step), waiting_for)) == expected


def test_people_who_are_asked_have_a_say_in_what_ends_their_question() -> None:
    assert {action for action, spec in SPECS.items() if spec.asks} == {
        Action.UNBLOCK,
        Action.DECIDE,
        Action.SKIP,
    }


def test_what_ends_runs_or_rejects_is_marked_as_dangerous() -> None:
    dangerous = {bulk.name for spec in SPECS.values() for bulk in spec.bulk if bulk.dangerous}
    assert dangerous == {"cancel", "reject"}
