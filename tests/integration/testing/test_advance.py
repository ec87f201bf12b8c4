"""Virtual time: everything that waits for a time comes due at its moment, and nothing sleeps."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from squid_mesh import Defer, api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.models import StepRun, Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.testing import advance, drain, driving, virtual_time
from squid_mesh.testing.errors import StillBusy, VirtualTimeClosed
from tests.host import people, workflows
from tests.host.runs import claim, row, seen, statuses

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def opened():
    with virtual_time():
        yield


def read_clocks() -> list[datetime]:
    """Return the times that Python, the engine and the project's own queries see."""
    run = api.start_run(workflows.Single)
    annotated = StepRun.objects.annotate(now=Now()).values_list("now", flat=True)
    return [timezone.now(), database_time("default"), annotated.get(run_id=run.id), run.created_at]


def test_python_and_the_database_move_together() -> None:
    began = datetime.now(UTC)
    advance(days=2, hours=1, cron=())
    for clock in read_clocks():
        assert timedelta(0) <= clock - began - timedelta(days=2, hours=1) < MINUTE


def test_the_doctor_sees_no_difference_between_the_clocks() -> None:
    advance(days=2, cron=())
    assert "clock_skew" not in [finding.code for finding in api.diagnose()]


def test_the_time_is_put_back_afterwards() -> None:
    with virtual_time():
        advance(days=2, cron=())
        with virtual_time():
            advance(days=3, cron=())
        assert abs(timezone.now() - datetime.now(UTC) - timedelta(days=2)) < MINUTE
    assert all(abs(clock - datetime.now(UTC)) < MINUTE for clock in read_clocks())


def test_the_time_flows_between_two_moves() -> None:
    advance(hours=1, cron=())
    before = database_time("default")
    while database_time("default") == before:
        pass
    assert database_time("default") > before


def test_time_moves_only_where_it_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_mesh.testing.clock.CLOCK.open", 0)
    with pytest.raises(VirtualTimeClosed) as caught:
        advance(hours=1)
    assert caught.value.code == "virtual_time_closed"
    assert "enterContext(virtual_time())" in caught.value.message


@pytest.mark.parametrize("hours", [0, -1, float("nan"), float("inf"), 24 * 366 * 101, 1e30])
def test_time_moves_forward_only_and_by_a_time_that_exists(hours: float) -> None:
    with pytest.raises(InvalidArgument):
        advance(hours=hours)


@pytest.mark.django_db(transaction=True)
def test_the_time_moves_in_every_thread() -> None:
    seen_there: list[datetime] = []
    opened_before, moved = threading.Event(), threading.Event()

    def read() -> None:
        database_time("default")
        opened_before.set()
        moved.wait(10)
        seen_there.append(database_time("default"))
        connection.close()
        seen_there.append(database_time("default"))
        connection.close()

    thread = threading.Thread(target=read)
    thread.start()
    opened_before.wait(10)
    advance(days=1, cron=())
    moved.set()
    thread.join()
    assert all(abs(one - datetime.now(UTC) - timedelta(days=1)) < MINUTE for one in seen_there)
    assert len(seen_there) == 2


def test_a_wait_ends_at_its_time_and_not_before() -> None:
    run = api.start_run(workflows.Sleeps)
    advance(minutes=59, cron=())
    assert statuses(run.id)["nap"] == "waiting"
    assert advance(minutes=2, cron=())[run.id].status == "completed"


def test_what_follows_a_wait_begins_at_the_moment_when_it_ends() -> None:
    run = api.start_run(workflows.Sleeps)
    advance(days=30, cron=())
    after = row(run.id, "after")
    assert timedelta(hours=1) <= after.started_at - run.created_at < timedelta(hours=1) + MINUTE


def test_each_retry_comes_after_its_backoff(plan) -> None:
    plan["flaky"] = [ValueError("one"), ValueError("two"), ValueError("three"), None]
    run = api.start_run(workflows.Retries)
    finished = advance(minutes=5, cron=())[run.id]
    attempts = finished.step("flaky").attempts
    outcomes = [one.outcome for one in attempts]
    assert (finished.status, outcomes) == ("completed", ["failed"] * 3 + ["completed"])
    pauses = [b.started_at - a.ended_at for a, b in pairwise(attempts)]
    assert all(timedelta(0) < pause <= timedelta(seconds=26) for pause in pauses)


def test_a_deferred_step_runs_again_at_its_time(plan, calls) -> None:
    plan["one"] = [Defer("later", seconds=3600)] * 5 + [None]
    run = api.start_run(workflows.Chain, {"order_id": 1})
    advance(hours=4, minutes=1, cron=())
    assert calls == ["one"] * 5
    assert advance(hours=2, cron=())[run.id].status == "completed"


def test_a_start_at_a_later_time_is_waited_for() -> None:
    run = api.start_run(workflows.Single, start_at=timezone.now() + timedelta(days=7))
    assert run.id not in advance(days=6, cron=())
    assert advance(days=2, cron=())[run.id].status == "completed"


def test_a_deadline_takes_its_exit() -> None:
    run = api.start_run(people.Expires)
    drain()
    [held] = [step for step in seen(run.id).steps if step.due_at]
    advance(seconds=(held.due_at - timezone.now()).total_seconds() - 5, cron=())
    assert row(run.id, held.name).status == "paused"
    advance(seconds=10, cron=())
    assert row(run.id, held.name).outcome == "timeout"


def test_an_escalation_asks_more_people() -> None:
    run = api.start_run(people.Escalates)
    advance(minutes=90, cron=())
    assert seen(run.id).step("review").request["escalated"] == 1
    advance(hours=1, cron=())
    assert row(run.id, "review").outcome == "rejected"


def test_an_expired_lease_is_recovered() -> None:
    run = api.start_run(workflows.Chain, {"order_id": 1})
    claim(run.id)
    assert drain() == {}
    finished = advance(minutes=1, cron=())[run.id]
    assert finished.status == "completed"
    assert [one.outcome for one in finished.step("one").attempts] == ["interrupted", "completed"]


def test_cron_triggers_fire_at_each_of_their_times() -> None:
    touched = advance(hours=3, cron=[workflows.Clocked])
    times = sorted(run.schedule["scheduled_time"] for run in touched.values() if run.trigger == "last")
    assert len(times) == 18
    assert all(run.status == "completed" for run in touched.values())
    late = [
        run.created_at - datetime.fromisoformat(run.schedule["scheduled_time"]) for run in touched.values()
    ]
    assert max(late) < timedelta(seconds=30)


def test_without_a_choice_the_triggers_of_all_workflows_fire() -> None:
    began = timezone.now()
    workflows_fired = {run.workflow for run in advance(minutes=10).values()}
    assert "host.Clocked" in workflows_fired
    assert Trigger.objects.filter(workflow="host.Twice", name="nightly", due_at__gt=began).exists()


def test_days_pass_in_less_than_a_second() -> None:
    run = api.start_run(workflows.Sleeps)
    began = time.process_time()  # so that other load of the machine doesn't count
    touched = advance(days=10, cron=[workflows.Twice])
    passed = time.process_time() - began
    assert touched[run.id].status == "completed"
    assert len(touched) == 11
    assert passed < 1


def test_work_without_an_end_is_an_error(plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driving, "_LIMIT", 0.2)
    plan["only"] = Defer("almost at once", seconds=0.001)
    run = api.start_run(workflows.Single)
    with pytest.raises(StillBusy) as caught:
        advance(days=1, cron=())
    assert caught.value.details["steps"] == [
        {"run_id": str(run.id), "workflow": "host.Single", "step": "only"}
    ]


def test_a_drain_returns_the_runs_that_it_touched() -> None:
    done, other = api.start_run(workflows.Single), api.start_run(workflows.Sleeps)
    assert list(drain()) == [done.id, other.id]
    assert drain() == {}
    assert list(advance(hours=2, cron=())) == [other.id]


def test_a_run_that_a_step_starts_is_drained_too(plan) -> None:
    started = []
    plan["only"] = lambda ctx: started.append(api.start_run(workflows.Chain, {"order_id": 1}).id)
    first = api.start_run(workflows.Single)
    assert list(drain()) == [first.id, *started]
    assert len(started) == 1
