"""A worker keeps a finished step's result while its database connection is unusable."""

from __future__ import annotations

import itertools
import time
from typing import Any

import pytest
from django.db import DatabaseError, InternalError, OperationalError, connection, connections
from django.test import override_settings

from squid_mesh import Workflow, api
from squid_mesh.dispatch import delivery
from squid_mesh.engine import claim, run_memory
from squid_mesh.engine.connection_errors import is_connection_error
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.worker import slice
from squid_mesh.models import Attempt, Run, StepRun
from squid_mesh.store.values import Claim
from tests.host import runs, workflows
from tests.host.runs import driven, seen, settled

pytestmark = pytest.mark.django_db(transaction=True)
Plan = dict[str, Any]

READ_ONLY = {
    "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}
TERMINATE = {
    "postgresql": "SELECT pg_terminate_backend(%s)",
    "mysql": "KILL %s",
}


def sql_error(kind: type[DatabaseError], state: str) -> DatabaseError:
    """Return an error as Django makes it of a driver's."""
    cause = Exception(state)
    cause.sqlstate = state
    error = kind(state)
    error.__cause__ = cause
    return error


@pytest.fixture(autouse=True)
def uncounted_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_pulse", None)


@pytest.mark.skipif(connection.vendor not in READ_ONLY, reason="needs a server")
def test_a_result_survives_a_connection_that_became_read_only(plan: Plan, calls: list[str]) -> None:
    def become_read_only(ctx: Any) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(READ_ONLY[connection.vendor])
        return {"paid": 1}

    plan["two"] = become_read_only
    run = seen(driven(workflows.Chain))
    assert run.status == "completed"
    assert calls == ["one", "two", "three"]
    assert run.step("two").output == {"paid": 1}


@pytest.mark.skipif(connection.vendor not in TERMINATE, reason="needs a server")
def test_a_result_survives_a_terminated_connection(plan: Plan, calls: list[str]) -> None:
    def end_session(ctx: Any) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_backend_pid()" if connection.vendor == "postgresql" else "SELECT connection_id()"
            )
            [mine] = cursor.fetchone()
        other = connections["default"].copy()
        try:
            with other.cursor() as cursor:
                cursor.execute(TERMINATE[connection.vendor], [mine])
        finally:
            other.close()
        return {"paid": 1}

    plan["two"] = end_session
    run = seen(driven(workflows.Chain))
    assert run.status == "completed"
    assert calls == ["one", "two", "three"]


@pytest.mark.parametrize("state", ["25006", "57P01", "57P02", "57P03", "08006", "53100", "53300"])
def test_a_result_is_settled_again_after_an_error_of_the_connection(
    state: str, monkeypatch: pytest.MonkeyPatch, calls: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    tries = itertools.count(1)

    def settle(execution: Execution) -> Claim | None:
        if next(tries) < 4:
            raise sql_error(InternalError, state)
        return settle_and_claim_next(execution)

    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(slice, "settle_and_claim_next", settle)
    assert seen(driven(workflows.Single)).status == "completed"
    assert calls == ["only"]
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["completed"]
    assert caplog.text.count("trying again on a new connection") == 1


def test_another_error_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def settle(execution: Execution) -> Claim | None:
        tries.append(1)
        raise sql_error(InternalError, "XX000")

    monkeypatch.setattr(slice, "settle_and_claim_next", settle)
    with pytest.raises(InternalError):
        driven(workflows.Single)
    assert len(tries) == 1


def test_the_worker_gives_up_when_its_lease_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle(execution: Execution) -> Claim | None:
        raise sql_error(InternalError, "25006")

    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(slice, "settle_and_claim_next", settle)
    monkeypatch.setattr(slice.LEASE_RENEWAL, "_renew", lambda held: None)
    started = time.monotonic()
    with override_settings(SQUID_MESH={"LEASE_SECONDS": 0.3}), pytest.raises(InternalError):
        driven(workflows.Single)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("number", [1053, 1290, 1792, 2006, 2013])
def test_errors_of_mysql_are_known_by_their_number(number: int) -> None:
    assert is_connection_error(InternalError(number, "x"))
    assert not is_connection_error(InternalError(1146, "x"))


def test_a_worker_that_cant_claim_drops_its_connection_and_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    dropped: list[str] = []
    waits: list[float] = []

    def fail(*_: Any, **__: Any) -> None:
        raise sql_error(InternalError, "25006")

    monkeypatch.setattr(delivery, "work_for", fail)
    monkeypatch.setattr(delivery, "drop_connection", dropped.append)
    monkeypatch.setattr(delivery.time, "sleep", waits.append)
    api.start_run(workflows.Single)
    for _ in range(50):
        delivery.deliver()
    assert dropped == ["default"] * 50
    assert waits == [delivery._PAUSE] * 50
    assert caplog.text.count("A slice of work failed") == 1


class Unanswered:
    """A function that does its work, and then loses the connection before the answer, once."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.lost = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        answer = self._function(*args, **kwargs)
        if answer is None or self.lost:
            return answer
        self.lost = True
        raise sql_error(OperationalError, "08006")


def assert_each_step_ran_once_without_a_crash(calls: list[str]) -> None:
    assert sorted(calls) == sorted(set(calls))
    attempts = Attempt.objects.values_list("step__name", "number", "outcome")
    assert sorted(attempts) == [(name, 1, "completed") for name in sorted(calls)]
    assert set(StepRun.objects.values_list("crashes", flat=True)) == {0}
    assert list(Run.objects.values_list("status", flat=True)) == ["completed"]


@pytest.mark.parametrize("workflow", [workflows.Chain, workflows.Aside])
def test_a_step_whose_claim_was_committed_with_a_lost_settle_is_not_a_crash(
    workflow: type[Workflow], monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    settle = Unanswered(settle_and_claim_next)
    monkeypatch.setattr(slice, "settle_and_claim_next", settle)
    driven(workflow)
    assert settle.lost
    assert_each_step_ran_once_without_a_crash(calls)


def test_a_step_whose_claim_was_committed_without_an_answer_is_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    claimed = Unanswered(claim._claim)
    monkeypatch.setattr(claim, "_claim", claimed)
    monkeypatch.setattr(delivery.time, "sleep", lambda seconds: None)
    api.start_run(workflows.Chain)
    assert delivery.deliver() == 0
    assert claimed.lost
    assert calls == []
    delivery.deliver()
    assert_each_step_ran_once_without_a_crash(calls)


@pytest.mark.parametrize("reader", ["read_blueprint_with", "read_outputs"])
def test_a_step_whose_data_cant_be_read_is_not_a_crash(
    reader: str, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    settled(runs.claim(api.start_run(workflows.Chain).id))  # its first step, by another worker
    read = Unanswered(getattr(run_memory, reader))
    monkeypatch.setattr(run_memory, reader, read)
    monkeypatch.setattr(delivery.time, "sleep", lambda seconds: None)
    assert delivery.deliver() == 0
    assert read.lost
    assert calls == []
    delivery.deliver()
    assert calls == ["two", "three"]
    assert_each_step_ran_once_without_a_crash(["one", *calls])


def test_a_settle_that_was_rolled_back_keeps_the_claim_of_its_repetition(
    monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    tries = itertools.count(1)

    def settle(execution: Execution) -> Claim | None:
        if next(tries) == 1:
            raise sql_error(OperationalError, "08006")
        return settle_and_claim_next(execution)

    monkeypatch.setattr(slice, "_FIRST_WAIT", 0.001)
    monkeypatch.setattr(slice, "settle_and_claim_next", settle)
    driven(workflows.Chain)
    assert not claim._unanswered.tokens
    assert_each_step_ran_once_without_a_crash(calls)
