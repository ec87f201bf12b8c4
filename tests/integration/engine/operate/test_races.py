"""People, workers and deadlines at the same moment: one of them wins and the others get an error."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from squid_mesh import api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.settle.results import Done
from squid_mesh.exceptions import AlreadyDecided, IllegalAction
from squid_mesh.models import Decision, StepRun
from tests.host import people, workflows
from tests.host.concurrency import run_concurrently
from tests.host.invariants import assert_consistent
from tests.host.people import person
from tests.host.runs import claim, driven, events, fast_forward, row, run_until_idle, seen, settled

pytestmark = pytest.mark.django_db(transaction=True)

DECIDE = "squid_mesh.decide_approval"
ROUNDS = 15
only_servers = pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")


def refused(results: list[Any]) -> list[Any]:
    """Return the expected errors; other errors fail the test."""
    found = [result for result in results if isinstance(result, Exception)]
    assert all(isinstance(error, IllegalAction) for error in found), found
    return found


def test_of_two_people_who_decide_at_once_one_gets_an_error() -> None:
    ada, bob = person("ada", DECIDE), person("bob", DECIDE)
    for _ in range(ROUNDS):
        run_id = driven(people.Expires)
        results = run_concurrently(
            partial(api.approve_run, run_id, actor=ada), partial(api.reject_run, run_id, actor=bob)
        )
        (late,) = refused(results)
        assert isinstance(late, AlreadyDecided)
        word = Decision.objects.get(step__run_id=run_id)
        assert (late.details["by"], late.details["exit"]) == (word.actor_text, word.exit)
        assert row(run_id, "review").outcome == ("ok" if word.exit == "approved" else "rejected")
        assert_consistent(run_id)


def test_a_quorum_reached_by_two_at_once_is_reached_once() -> None:
    crowd = [person(f"p{n}", DECIDE) for n in range(4)]
    for _ in range(ROUNDS):
        run_id = driven(people.FourEyes)
        results = run_concurrently(*(partial(api.approve_run, run_id, actor=user) for user in crowd))
        assert len(refused(results)) == 2
        assert Decision.objects.filter(step__run_id=run_id).count() == 2
        assert events(run_id)[2:4] == ["voted", "approved"]
        assert_consistent(run_id)


def test_the_same_person_twice_at_once_has_one_vote() -> None:
    ada = person("ada", DECIDE)
    for _ in range(ROUNDS):
        run_id = driven(people.FourEyes)
        assert len(refused(run_concurrently(*[partial(api.approve_run, run_id, actor=ada)] * 2))) == 1
        assert Decision.objects.filter(step__run_id=run_id).count() == 1
        assert_consistent(run_id)


def test_either_the_deadline_or_the_person_decides() -> None:
    ada = person("ada", DECIDE)
    for _ in range(ROUNDS):
        run_id = driven(people.Expires)
        fast_forward(run_id)
        results = run_concurrently(partial(api.approve_run, run_id, actor=ada), run_until_idle)
        late = refused(results)
        decided = Decision.objects.filter(step__run_id=run_id).exists()
        assert decided is not bool(late)
        run_until_idle()
        assert row(run_id, "review").outcome == ("ok" if decided else "timeout")
        assert events(run_id).count("approval_timed_out") == (not decided)
        assert_consistent(run_id)


def test_a_cancel_and_a_decision_at_once_happen_one_after_the_other() -> None:
    ada = person("ada", DECIDE)
    for _ in range(ROUNDS):
        run_id = driven(people.Expires)
        results = run_concurrently(
            partial(api.cancel_run, run_id), partial(api.approve_run, run_id, actor=ada)
        )
        late = refused(results)
        assert seen(run_id).status == "cancelled"
        assert row(run_id, "review").status == ("cancelled" if late else "completed")
        assert Decision.objects.filter(step__run_id=run_id).exists() is not bool(late)
        assert_consistent(run_id)


def test_a_step_is_either_skipped_or_executed(calls: list[str]) -> None:
    for _ in range(ROUNDS):
        calls.clear()
        run_id = api.start_run(workflows.Single).id
        late = refused(run_concurrently(partial(api.skip_step, run_id, "only"), run_until_idle))
        assert calls == (["only"] if late else [])
        assert row(run_id, "only").status == ("completed" if late else "bypassed")
        assert seen(run_id).status == "completed"
        assert_consistent(run_id)


def test_a_lost_step_is_recovered_before_it_is_retried() -> None:
    for _ in range(ROUNDS):
        run_id = api.start_run(people.Checks).id
        held = claim(run_id)
        StepRun.objects.filter(run_id=run_id).update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
        results = run_concurrently(partial(api.retry_step, run_id, "check"), recover_lost_steps)
        late = refused(results)
        recover_lost_steps()  # one that meets a held lock leaves the step to the next
        assert row(run_id, "check").status == ("unknown" if late else "ready")
        assert settled(held, Done("ok", {"reference": "late", "amount": 1})) is None
        assert_consistent(run_id)


def test_two_people_who_retry_at_once_retry_once() -> None:
    for _ in range(ROUNDS):
        run_id = api.start_run(people.Checks).id
        claim(run_id)
        StepRun.objects.filter(run_id=run_id).update(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
        recover_lost_steps()
        assert len(refused(run_concurrently(*[partial(api.retry_step, run_id, "check")] * 2))) == 1
        assert events(run_id).count("step_retried") == 1
        assert_consistent(run_id)


def test_a_run_is_rewound_while_a_worker_settles_a_parallel_branch() -> None:
    for _ in range(ROUNDS):
        run_id = api.start_run(workflows.Aside).id
        held = {h[0].name: h for h in (claim(run_id), claim(run_id))}
        settled(held["left"])
        results = run_concurrently(partial(api.rewind_run, run_id, "left"), partial(settled, held["right"]))
        assert not refused(results)
        assert_consistent(run_id)
        run_until_idle()
        assert [(s.name, s.visit) for s in seen(run_id).steps if s.current] == [
            ("left", 2),
            ("right", 1),
            ("after", 2),
        ]
        assert seen(run_id).status == "completed"
        assert_consistent(run_id)


def test_of_a_rewind_and_a_worker_at_once_one_wins() -> None:
    for _ in range(ROUNDS):
        run_id = driven(workflows.Sleeps)
        fast_forward(run_id)
        late = refused(run_concurrently(partial(api.rewind_run, run_id, "before"), run_until_idle))
        assert_consistent(run_id)
        run_until_idle()
        assert seen(run_id).step("before").visit == (1 if late else 2)
        assert seen(run_id).status == ("completed" if late else "waiting")
        assert_consistent(run_id)


@only_servers
def test_a_settle_that_waits_for_a_comment_succeeds() -> None:
    run_id = api.start_run(workflows.Single).id
    held = claim(run_id)
    done = threading.Thread(target=_settle_elsewhere, args=(held,))
    with transaction.atomic():
        api.comment_run(run_id, "look at this", actor="ada")
        done.start()
        done.join(timeout=1)
        assert done.is_alive(), "the settle waits for the run's lock"
    done.join()
    assert events(run_id) == ["run_started", "commented", "run_completed"]
    assert seen(run_id).status == "completed"
    assert_consistent(run_id)


def _settle_elsewhere(held: Any) -> None:
    try:
        settled(held)
    finally:
        connections.close_all()


@only_servers
def test_a_claim_in_progress_comes_before_the_person() -> None:
    run_id: UUID = api.start_run(workflows.Single).id
    results: list[Any] = []
    with transaction.atomic():
        claim(run_id)
        person_acts = threading.Thread(
            target=lambda: results.extend(run_concurrently(partial(api.skip_step, run_id, "only")))
        )
        person_acts.start()
        person_acts.join(timeout=1)
        assert person_acts.is_alive(), "the person waits for the claim"
    person_acts.join()
    (late,) = refused(results)
    assert late.details["step_status"] == "running"
    assert_consistent(run_id)
