"""Every transaction of the engine locks a run before it locks the run's steps.

A claim is the one exception: it locks a step first, and takes the run's lock only if that is free.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction

from squid_mesh import Outcome, StepFailed, api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.settle.results import Done, Failure
from squid_mesh.exceptions import IllegalAction
from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.models import Run, StepRun
from tests.host import people, workflows
from tests.host.concurrency import run_concurrently
from tests.host.invariants import assert_consistent
from tests.host.locks import recorded_locks
from tests.host.people import person
from tests.host.runs import claim, driven, fast_forward, run_until_idle, settled

Plan = dict[str, Any]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="it has one lock: the database's"),
]


def lose_worker(run_id: UUID) -> None:
    claim(run_id)
    running = StepRun.objects.filter(run_id=run_id, status="running")
    running.update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    recover_lost_steps()


def execute_sequence(plan: Plan) -> None:
    driven(workflows.Chain)


def execute_join(plan: Plan) -> None:
    driven(workflows.Spread)


def fail_with_open_branches(plan: Plan) -> None:
    plan["left"] = StepFailed("no")
    driven(workflows.Spread)


def retry_automatically(plan: Plan) -> None:
    plan["flaky"] = [ValueError("not yet"), {}]
    fast_forward(driven(workflows.Retries))
    run_until_idle()


def rewind_by_route(plan: Plan) -> None:
    plan["check"] = [Outcome("again"), {}]
    driven(people.Loops)


def recover_a_lost_worker(plan: Plan) -> None:
    lose_worker(api.start_run(workflows.Single).id)


def recover_in_a_parallel_branch(plan: Plan) -> None:
    run_id = api.start_run(workflows.Spread).id
    settled(claim(run_id))
    lose_worker(run_id)


def cancel(plan: Plan) -> None:
    run_id = api.start_run(workflows.Spread).id
    settled(claim(run_id))
    held = claim(run_id)
    api.cancel_run(run_id)
    settled(held)


def retry_by_hand(plan: Plan) -> None:
    plan["left"] = [StepFailed("no"), {}]
    api.retry_step(driven(workflows.Spread), "left")
    run_until_idle()


def skip(plan: Plan) -> None:
    plan["left"] = StepFailed("no")
    api.skip_step(driven(workflows.Spread), "left")


def resolve(plan: Plan) -> None:
    plan["left"] = StepFailed("no")
    api.resolve_step(driven(workflows.Spread), "left", output={"by": "hand"})


def rewind_by_hand(plan: Plan) -> None:
    api.rewind_run(driven(workflows.Spread), "left")
    run_until_idle()


def replay(plan: Plan) -> None:
    api.replay_run(driven(workflows.Chain))


def approve(plan: Plan) -> None:
    api.approve_run(driven(people.Expires), actor=person("ada", "squid_mesh.decide_approval"))
    run_until_idle()


def time_out_an_approval(plan: Plan) -> None:
    fast_forward(driven(people.Expires))
    run_until_idle()


def prune(plan: Plan) -> None:
    driven(workflows.Chain)
    api.prune_runs(older_than=timedelta(0))


PATHS: list[Callable[[Plan], None]] = [
    execute_sequence,
    execute_join,
    fail_with_open_branches,
    retry_automatically,
    rewind_by_route,
    recover_a_lost_worker,
    recover_in_a_parallel_branch,
    cancel,
    retry_by_hand,
    skip,
    resolve,
    rewind_by_hand,
    replay,
    approve,
    time_out_an_approval,
    prune,
]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_no_step_is_locked_before_its_run(path: Callable[[Plan], None], plan: Plan) -> None:
    with recorded_locks() as locks:
        path(plan)
    assert locks.both, "the recorder saw transactions that lock both"
    assert not locks.violations, "\n\n".join(locks.violations)


def test_the_recorder_finds_a_step_that_is_locked_before_its_run() -> None:
    run_id = api.start_run(workflows.Single).id
    with recorded_locks() as locks:
        with transaction.atomic():
            list(StepRun.objects.select_for_update().filter(run_id=run_id))
            Run.objects.filter(pk=run_id).update(error=None)
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=run_id)
            StepRun.objects.filter(run_id=run_id).update(error=None)
    assert len(locks.violations) == 1


def test_workers_and_operators_at_once_never_deadlock(plan: Plan) -> None:
    for _ in range(8):
        run_id = api.start_run(workflows.Spread).id
        settled(claim(run_id))
        left, right = claim(run_id), claim(run_id)
        results = run_concurrently(
            partial(settled, left, Done("ok", {"l": 1})),
            partial(settled, right, Failure({"type": "No", "message": "no"}, retryable=False)),
            partial(api.cancel_run, run_id),
            partial(api.comment_run, run_id, "Look at this."),
            partial(api.rewind_run, run_id, "start"),
            recover_lost_steps,
            run_until_idle,
        )
        errors = [result for result in results if isinstance(result, Exception)]
        assert not any(isinstance(error, OperationalError) for error in errors), errors
        assert all(isinstance(error, IllegalAction) for error in errors), errors
        assert_consistent(run_id)
        run_until_idle()
        assert Run.objects.get(pk=run_id).status in FINISHED_RUN
