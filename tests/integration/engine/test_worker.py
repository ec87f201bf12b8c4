"""Workers: lost ones, leases, slices, repeated settles, logs and signals."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DataError, OperationalError, connections, transaction
from django.test import override_settings

from squid_mesh import api, signals
from squid_mesh.engine import recovery as recovering
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker import slice
from squid_mesh.engine.worker.guards import lease
from squid_mesh.models import Attempt, Run, StepRun
from squid_mesh.store.claims import ExpiredLease
from squid_mesh.store.values import Claim
from tests.host import steps, workflows
from tests.host.broken_runs import expire_leases
from tests.host.runs import claim, driven, events, row, run_until_idle, seen, settled, statuses

Plan = dict[str, Any]


def test_a_worker_that_lost_its_claim_changes_nothing() -> None:
    run_id = api.start_run(workflows.Chain).id
    held = claim(run_id)
    expire_leases(run_id)
    assert recover_lost_steps() == 1
    before = seen(run_id)
    assert settled(held) is None
    assert seen(run_id) == before


@pytest.mark.parametrize("workflow", [workflows.Spread, workflows.TakesFirst])
def test_a_worker_that_lost_its_claim_in_a_fan_out_changes_nothing(workflow: Any) -> None:
    run_id = api.start_run(workflow).id
    held = claim(run_id)
    expire_leases(run_id)
    recover_lost_steps()
    before = seen(run_id)
    assert settled(held) is None
    assert seen(run_id) == before


def test_a_lost_worker_costs_an_interrupted_attempt_and_another_follows(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Single).id
    held = claim(run_id)
    assert recover_lost_steps() == 0
    expire_leases(run_id)
    assert recover_lost_steps() == 1
    step = row(run_id, "only")
    assert (step.status, step.crashes, step.claim_token) == ("ready", 1, None)
    assert run_until_idle() == 1
    run = seen(run_id)
    assert run.status == "completed"
    assert next((a.number, a.outcome, a.worker) for a in run.step("only").attempts) == (
        1,
        "interrupted",
        held[0].worker,
    )
    assert [a.outcome for a in run.step("only").attempts] == ["interrupted", "completed"]
    assert "attempt_interrupted" in events(run_id)


def test_a_step_that_kills_its_workers_is_parked() -> None:
    run_id = api.start_run(workflows.Single).id
    for _ in range(3):
        claim(run_id)
        expire_leases(run_id)
        assert recover_lost_steps() == 1
    run = seen(run_id)
    assert (run.status, run.step("only").status, run.step("only").waiting_for) == (
        "paused",
        "paused",
        "crash_cap",
    )
    assert run_until_idle() == 0
    assert events(run_id)[-1] == "crash_cap_reached"


def test_a_step_that_may_have_happened_waits_for_a_person() -> None:
    run_id = driven(workflows.Crashes)
    run_id = api.start_run(workflows.Crashes).id
    first, second = claim(run_id), claim(run_id)
    expire_leases(run_id)
    assert recover_lost_steps() == 2
    assert run_until_idle() == 1
    run = seen(run_id)
    assert {first[0].name, second[0].name} == {"left", "right"}
    assert (run.step("left").status, run.step("left").waiting_for) == ("unknown", "outcome")
    assert run.step("right").status == "completed"
    assert run.status == "paused"
    assert "outcome_unknown" in events(run_id)


def test_a_lost_worker_of_a_cancelled_run_ends_it() -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    api.cancel_run(run_id)
    expire_leases(run_id)
    recover_lost_steps()
    run = seen(run_id)
    assert (run.status, run.step("only").status) == ("cancelled", "cancelled")
    assert events(run_id)[-1] == "run_cancelled"
    assert run.finished_at is not None


def test_a_lease_that_was_renewed_meanwhile_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = api.start_run(workflows.Single).id
    held, _ = claim(run_id)
    monkeypatch.setattr(
        "squid_mesh.engine.recovery.find_expired_leases",
        lambda using: [ExpiredLease(step_id=held.step_id, run_id=run_id)],
    )
    assert recover_lost_steps() == 0
    assert statuses(run_id) == {"only": "running"}


def renew_once(held: Claim) -> float | None:
    """Renew the claim's lease as the thread does; return when that is done again."""
    renewal = lease.LeaseRenewal()
    return renewal._renew(renewal.renewing(held, None))


def test_only_the_holder_renews_a_lease(caplog: pytest.LogCaptureFixture) -> None:
    run_id = api.start_run(workflows.Single).id
    held, _ = claim(run_id)
    before = row(run_id, "only").lease_until
    with override_settings(SQUID_MESH={"LEASE_SECONDS": 300}):
        renew_once(held)
        after = row(run_id, "only").lease_until
        assert before is not None
        assert after is not None
        assert (after - before).total_seconds() == pytest.approx(270, abs=5)
        StepRun.objects.filter(pk=held.step_id).update(claim_token=uuid4())
        renewal = lease.LeaseRenewal()
        with renewal.renewing(held, None) as ended:
            pass
        assert renewal._renew(ended) is None
        assert "is lost" not in caplog.text  # it was settled meanwhile
        assert renew_once(held) is None
    assert "is lost" in caplog.text


def test_a_heartbeat_outlives_a_lost_database(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _ = claim(api.start_run(workflows.Single).id)

    def broken(*_: Any) -> bool:
        raise OperationalError("gone")

    closed: list[str] = []
    monkeypatch.setattr(lease, "renew_lease", broken)
    monkeypatch.setattr(connections["default"], "close", lambda: closed.append("default"))
    again = renew_once(held)
    assert again is not None
    assert 0 < again - time.monotonic() <= 1
    assert "Renewing the lease of step only failed" in caplog.text
    assert closed == ["default"]


def test_a_long_step_keeps_its_lease(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = threading.Event()

    class Watched(lease.LeaseRenewal):
        def _renew(self, held: Any) -> None:
            renewed.set()

    monkeypatch.setattr(slice, "LEASE_RENEWAL", Watched())
    plan["only"] = lambda ctx: {"renewed": renewed.wait(10)}
    with override_settings(SQUID_MESH={"LEASE_SECONDS": 0.6}):
        run = seen(driven(workflows.Single))
    assert run.state == {"renewed": True}


def test_a_worker_whose_step_can_not_be_stopped_ends_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    codes: list[int] = []
    ended = threading.Event()

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    monkeypatch.setattr(lease.os, "_exit", end)
    renewal = lease.LeaseRenewal()
    held, other = (claim(api.start_run(workflows.Short).id)[0] for _ in range(2))
    with override_settings(SQUID_MESH={"TIMEOUT_GRACE_SECONDS": 0.1}):
        with renewal.renewing(other, 60), renewal.renewing(held, 0.1), renewal.renewing(other, None):
            assert ended.wait(10)
        with renewal.renewing(held, 0.0) as settling:
            settling.end_deadline()
            assert lease.end_if_stuck(settling) is None
    assert codes == [70]
    assert f"of run {held.run_id} can't be stopped" in caplog.text


def test_a_slice_without_time_does_nothing(calls: list[str]) -> None:
    api.start_run(workflows.Chain)
    assert slice.work_for(0.0) == slice.SliceResult(executed=0, time_is_up=True)
    assert not calls


def test_a_slice_ends_between_steps_and_the_next_one_goes_on(plan: Plan, calls: list[str]) -> None:
    run_id = api.start_run(workflows.Chain).id
    plan["one"] = lambda ctx: time.sleep(0.1)
    assert slice.work_for(0.05) == slice.SliceResult(executed=1, time_is_up=True)
    assert statuses(run_id)["two"] == "ready"
    assert slice.work_for(30) == slice.SliceResult(executed=2, time_is_up=False)
    assert calls == ["one", "two", "three"]


def test_a_slice_leaves_nothing_claimed_in_a_fan_out(plan: Plan) -> None:
    run_id = api.start_run(workflows.Spread).id
    plan["start"] = lambda ctx: time.sleep(0.1)
    slice.work_for(0.05)
    assert statuses(run_id) == {"start": "completed", "left": "ready", "right": "ready", "end": "pending"}


@pytest.mark.django_db(transaction=True)
def test_a_settle_is_repeated_where_the_connection_drops(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, faults = slice.settle_and_claim_next, [OperationalError("gone"), OperationalError("gone")]

    def shaky(done: Any) -> Any:
        if faults:
            raise faults.pop()
        return real(done)

    monkeypatch.setattr(slice, "settle_and_claim_next", shaky)
    monkeypatch.setattr(slice.time, "sleep", lambda seconds: None)
    run_id = driven(workflows.Single)
    assert seen(run_id).status == "completed"
    assert "Settling step only failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_settle_is_repeated_during_a_failover_until_its_lease_ends(
    monkeypatch: pytest.MonkeyPatch, settings: Any, calls: list[str]
) -> None:
    real, waits, away = slice.settle_and_claim_next, [], 15.0

    def shaky(done: Any) -> Any:
        if sum(waits) < away:
            raise OperationalError("gone")
        return real(done)

    monkeypatch.setattr(slice, "settle_and_claim_next", shaky)
    monkeypatch.setattr(slice.time, "sleep", waits.append)
    run_id = driven(workflows.Single)
    assert seen(run_id).status == "completed"
    assert calls == ["only"]
    waits.clear()
    away = 60.0
    monkeypatch.setattr(slice.time, "monotonic", lambda: sum(waits))
    settings.SQUID_MESH = {"LEASE_SECONDS": 30}
    api.start_run(workflows.Single)
    with pytest.raises(OperationalError):
        slice.work_for(5)
    assert 25 < sum(waits) <= 30


def test_a_settle_is_not_repeated_inside_a_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(done: Any) -> Any:
        raise OperationalError("gone")

    api.start_run(workflows.Single)
    monkeypatch.setattr(slice, "settle_and_claim_next", gone)
    with pytest.raises(OperationalError):
        slice.work_for(5)


def test_attempts_are_numbered_without_gaps(plan: Plan) -> None:
    plan["flaky"] = [steps.Busy(), steps.Busy(), None]
    driven(workflows.Picky)
    assert list(Attempt.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_log_records_say_which_run_workflow_step_and_attempt(
    caplog: pytest.LogCaptureFixture, plan: Plan, django_capture_on_commit_callbacks: Any
) -> None:
    caplog.set_level(logging.INFO, "squid_mesh")
    plan["only"] = steps.Broken("ink")
    with django_capture_on_commit_callbacks(execute=True):
        run_id = driven(workflows.Single)
    records = [r for r in caplog.records if r.name == "squid_mesh.engine"]
    assert {vars(r)["run_id"] for r in records} == {str(run_id)}
    assert {vars(r)["workflow"] for r in records} == {"host.Single"}
    failed = next(r for r in records if vars(r).get("step") and r.levelname == "WARNING")
    assert (vars(failed)["step"], vars(failed)["attempt"]) == ("only", 1)
    assert "Broken: ink" in failed.getMessage()
    assert [r.levelname for r in records if not vars(r).get("step")] == ["INFO", "INFO", "WARNING"]


@pytest.mark.django_db(transaction=True)
def test_signals_follow_the_commit_and_never_a_rollback() -> None:
    heard: list[tuple[Any, ...]] = []

    def run_heard(sender: Any, **facts: Any) -> None:
        heard.append((sender, facts["before"], facts["after"]))
        raise RuntimeError("an observer's fault is its own")

    def step_heard(sender: Any, **facts: Any) -> None:
        heard.append((facts["step"], facts["after"], facts["outcome"]))

    signals.run_moved.connect(run_heard)
    signals.step_moved.connect(step_heard)
    try:
        with transaction.atomic():
            api.start_run(workflows.Single)
            assert not heard
            transaction.set_rollback(True)
        assert not heard
        with transaction.atomic():
            run_id = api.start_run(workflows.Single).id
            assert not heard
        assert (Run, None, "pending") in heard
        run_until_idle()
    finally:
        signals.run_moved.disconnect(run_heard)
        signals.step_moved.disconnect(step_heard)
    assert seen(run_id).status == "completed"
    assert ("only", "completed", "ok") in heard
    assert heard[-1] == (Run, "running", "completed")


def test_a_step_that_can_not_be_taken_back_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, sound = api.start_run(workflows.Single).id, api.start_run(workflows.Single).id
    for _ in range(2):
        claim()
    expire_leases(broken)
    expire_leases(sound)
    take_back = recovering._recover_step

    def picky(step_id: int, run_id: UUID, settings: Any) -> bool:
        if run_id == broken:
            raise ValueError("a blueprint from the future")
        return take_back(step_id, run_id, settings)

    monkeypatch.setattr(recovering, "_recover_step", picky)
    assert recover_lost_steps() == 1
    assert statuses(sound) == {"only": "ready"}
    assert statuses(broken) == {"only": "running"}


@pytest.mark.django_db(transaction=True)
def test_a_result_that_the_database_refuses_fails_the_step_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    settle, tries = slice.settle_and_claim_next, []

    def refused(done: Any) -> Any:
        tries.append(done)
        if len(tries) == 1:
            raise DataError("timestamp out of range")
        return settle(done)

    monkeypatch.setattr(slice, "settle_and_claim_next", refused)
    run = seen(driven(workflows.Single))
    assert run.status == "failed"
    error = run.step("only").error
    assert error is not None
    assert error["code"] == "unstorable_result"
    assert len(calls) == 1
