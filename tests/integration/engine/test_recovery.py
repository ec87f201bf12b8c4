"""Taking back the claims of workers whose process is known to be dead."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import api
from squid_mesh.engine.recovery import take_back
from tests.host import workflows
from tests.host.runs import claim, events, seen, settled, statuses


def test_the_claim_of_a_dead_worker_is_taken_back_although_its_lease_is_valid() -> None:
    run_id = api.start_run(workflows.Single).id
    held, _memory = claim(run_id)
    assert take_back([held.token]) == 1
    (step,) = seen(run_id).steps
    assert (step.status, step.crashes, step.attempts[0].outcome) == ("ready", 1, "interrupted")
    assert "attempt_interrupted" in events(run_id)


def test_claims_of_other_workers_are_not_touched() -> None:
    dead, living = (api.start_run(workflows.Single).id for _ in range(2))
    held, _memory = claim(dead)
    other = claim(living)
    assert take_back([held.token, uuid4()]) == 1
    assert statuses(living) == dict.fromkeys(statuses(living), "running")
    settled(other)
    assert seen(living).status == "completed"


def test_a_claim_that_was_settled_is_not_found() -> None:
    run_id = api.start_run(workflows.Single).id
    held = claim(run_id)
    settled(held)
    before = events(run_id)
    assert take_back([held[0].token]) == 0
    assert events(run_id) == before


def test_a_result_that_comes_after_that_writes_nothing() -> None:
    run_id = api.start_run(workflows.Single).id
    held = claim(run_id)
    take_back([held[0].token])
    settled(held)
    assert seen(run_id).status != "completed"
