"""What a backend is asked to do: each scenario returns what the backend returned, and leaves its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

from django.contrib.auth import get_user_model

from squid_mesh.lifecycle import AttemptOutcome, EventType, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Run, StepRun
from squid_mesh.store import missing
from squid_mesh.store.backend import Backend
from squid_mesh.store.clock import database_time
from squid_mesh.store.values import Claim, Event, MissingCode, NewRun, NewStep, Settlement, StepChange

Scenario = Callable[[Backend], Any]
SCENARIOS: Final[list[Scenario]] = []

_ERROR: Final = {"type": "Broken", "message": "Grüße \\ \"'%s{}"}
_START: Final = [Event(type=EventType.RUN_STARTED, data={"trigger": "manual"})]
DONE: Final = StepChange(
    status=StepStatus.COMPLETED,
    outcome="ok",
    input={"a": 1},
    output={"b": [1, None, "ü"]},
    attempt_outcome=AttemptOutcome.COMPLETED,
)
FAILED: Final = StepChange(
    status=StepStatus.FAILED,
    outcome="error",
    failures=1,
    input={},
    error=_ERROR,
    attempt_outcome=AttemptOutcome.FAILED,
    attempt_error=_ERROR,
)


def scenario(function: Scenario) -> Scenario:
    """List the function among the scenarios."""
    SCENARIOS.append(function)
    return function


def new_run(number: int = 1, **options: Any) -> NewRun:
    """A run of a workflow of which the tables know nothing else."""
    values: dict[str, Any] = {
        "id": UUID(int=number),
        "workflow": "shop.Order",
        "trigger": "manual",
        "fingerprint": "f" * 64,
        "format": 1,
        "blueprint": '{"format": 1, "workflow": "shop.Order", "steps": []}',
        "payload": {"order_id": 1, "note": None},
        "entries": ["one"],
        "events": _START,
    }
    return NewRun(**values | options)


def start(backend: Backend, number: int = 1, **options: Any) -> UUID:
    """Start a run; its id."""
    new = new_run(number, **options)
    assert backend.start_run(new) is not None
    return new.id


def claimed(backend: Backend, number: int = 1, **options: Any) -> Claim:
    """Start a run and claim its first step."""
    run_id = start(backend, number, **options)
    found = backend.claim_due_step(worker="host:1", token=UUID(int=100), lease=60, run_id=run_id)
    assert found is not None
    return found.claim


def _settle(backend: Backend, change: StepChange, **options: Any) -> Any:
    return backend.settle(Settlement(claim=claimed(backend), change=change, lease=90, **options))


# --- start ----------------------------------------------------------------------------------------


@scenario
def starting_the_least(backend: Backend) -> Any:
    return backend.start_run(new_run())


@scenario
def starting_with_all_options(backend: Backend) -> Any:
    ada = get_user_model().objects.create_user("ada")
    first = start(backend, 1, entries=["one", "two"])
    return backend.start_run(
        new_run(
            2,
            trigger="nightly",
            idempotency_key="key",
            subject_type="shop.order",
            subject_id="7",
            tags=["vip", "Grüße \\ \"'%s{}"],
            start_at=database_time("default") + timedelta(seconds=600),
            schedule={"time": "2026-01-01T00:00:00+00:00"},
            replay_of=first,
            trace={"traceparent": "00-1"},
            by_default=[["note"], ["lines", "0", "Grüße"]],
            events=[
                Event(type=EventType.RUN_STARTED, actor_key=str(ada.pk), actor_text="ada", comment="again"),
                Event(type=EventType.COMMENTED, step="one", data={"n": 1}),
            ],
        )
    )


@scenario
def starting_with_a_key_that_is_taken(backend: Backend) -> Any:
    return [
        backend.start_run(new_run(number, idempotency_key="key", payload={"n": number}, tags=["x"]))
        for number in (1, 2)
    ]


@scenario
def starting_with_one_key_in_two_workflows(backend: Backend) -> Any:
    return [
        backend.start_run(new_run(number, idempotency_key="key", workflow=workflow, fingerprint=workflow))
        for number, workflow in ((1, "shop.Order"), (2, "shop.Return"))
    ]


@scenario
def starting_a_second_run_of_a_definition(backend: Backend) -> Any:
    return [backend.start_run(new_run(number)) for number in (1, 2)]


# --- claim ----------------------------------------------------------------------------------------


def _claim(backend: Backend, run_id: UUID | None = None) -> Any:
    return backend.claim_due_step(worker="host:2", token=UUID(int=200), lease=60, run_id=run_id)


@scenario
def claiming_where_nothing_is_due(backend: Backend) -> Any:
    start(backend, start_at=database_time("default") + timedelta(seconds=600))
    return _claim(backend)


@scenario
def claiming_the_step_that_has_been_due_longest(backend: Backend) -> Any:
    start(backend, 1)
    start(backend, 2, start_at=datetime(2026, 1, 1, tzinfo=UTC), schedule={"time": "x"}, trace={"a": "b"})
    claim = _claim(backend)
    StepRun.objects.filter(due_at=None).update(created_at=database_time("default"))
    return claim


@scenario
def claiming_a_step_of_one_run(backend: Backend) -> Any:
    start(backend, 1)
    return _claim(backend, start(backend, 2))


@scenario
def claiming_a_second_step_of_a_running_run(backend: Backend) -> Any:
    start(backend, entries=["one", "two"])
    StepRun.objects.filter(name="one").update(due_at=datetime(2026, 1, 1, tzinfo=UTC))
    return [backend.claim_due_step(worker="w", token=UUID(int=n), lease=60) for n in (300, 301, 302)]


def _claiming_in(status: RunStatus) -> None:
    def claiming(backend: Backend) -> Any:
        run_id = start(backend)
        Run.objects.filter(pk=run_id).update(status=status.value)
        return _claim(backend)

    claiming.__name__ = f"claiming_a_ready_step_of_a_{status.value}_run"
    scenario(claiming)


def _waking_in(status: RunStatus, waiting_for: WaitingFor) -> None:
    step_status = StepStatus.PAUSED if status is RunStatus.PAUSED else StepStatus.WAITING

    def claiming(backend: Backend) -> Any:
        claim = claimed(backend)
        change = StepChange(
            status=step_status,
            waiting_for=waiting_for,
            delay=0.0,
            failures=1,
            deferrals=2,
            error=_ERROR,
            request={"kind": "approval"},
            attempt_outcome=AttemptOutcome.WAITING,
        )
        backend.settle(Settlement(claim=claim, change=change, lease=60, run_status=status))
        return _claim(backend)

    claiming.__name__ = f"claiming_a_step_of_a_{status.value}_run_after_its_{waiting_for.value}"
    scenario(claiming)


for _status in RunStatus:
    _claiming_in(_status)
_waking_in(RunStatus.WAITING, WaitingFor.TIMER)
_waking_in(RunStatus.RETRYING, WaitingFor.RETRY)
_waking_in(RunStatus.PAUSED, WaitingFor.APPROVAL)
_waking_in(RunStatus.PAUSED, WaitingFor.CODE)


@scenario
def claiming_where_only_an_unknown_status_is_due(backend: Backend) -> Any:
    start(backend)
    StepRun.objects.update(status="undoing")
    return [_claim(backend), backend.find_due_work(5)]


@scenario
def claiming_where_only_a_newer_format_is_due(backend: Backend) -> Any:
    start(backend, format=2)
    return [_claim(backend), backend.find_due_work(5)]


def _leave(definition: str = "f" * 64, step: str = "", *, until: float = 600) -> None:
    """Leave a step, or all steps of a definition, to other clusters for that many seconds."""
    now = monotonic()
    code = MissingCode(definition=definition, step=step, path="shop.steps:gone" if step else "")
    missing.remember(code, until=now + until, left=True, now=now)


@scenario
def claiming_where_only_steps_are_due_that_are_left_to_other_clusters(backend: Backend) -> Any:
    start(backend, 1, entries=["one", "two"])
    start(backend, 2, fingerprint="e" * 64, start_at=database_time("default") + timedelta(seconds=600))
    for definition, step in (("f" * 64, "one"), ("f" * 64, "two"), ("e" * 64, "one")):
        _leave(definition, step)
    return [_claim(backend), backend.find_due_work(5)]


@scenario
def claiming_beside_a_step_that_is_left_to_other_clusters(backend: Backend) -> Any:
    start(backend, 1, start_at=database_time("default") - timedelta(seconds=1200), entries=["two", "one"])
    start(backend, 2, start_at=database_time("default") - timedelta(seconds=600), fingerprint="e" * 64)
    for definition, step in (("f" * 64, "two"), ("d" * 64, "one"), ("e" * 64, "two")):
        _leave(definition, step)
    due = backend.find_due_work(5)
    claims = [backend.claim_due_step(worker="w", token=UUID(int=n), lease=60) for n in (300, 301, 302)]
    StepRun.objects.filter(name="two").update(created_at=database_time("default"))
    return [due, *claims]


@scenario
def claiming_a_step_of_one_run_that_leaves_another_to_other_clusters(backend: Backend) -> Any:
    start(backend, 1)
    run_id = start(backend, 2, entries=["one", "two"])
    _leave(step="one")
    return [_claim(backend, run_id), _claim(backend, run_id)]


@scenario
def claiming_where_the_definition_is_left_to_other_clusters(backend: Backend) -> Any:
    start(backend, 1)
    _leave()
    return [_claim(backend), backend.find_due_work(5)]


@scenario
def a_step_that_is_left_counts_as_due_once_it_has_to_be_checked_again(backend: Backend) -> Any:
    start(backend)
    _leave(step="one", until=0)
    return [_claim(backend), backend.find_due_work(5)]


@scenario
def a_lost_step_is_recovered_although_it_is_left_to_other_clusters(backend: Backend) -> Any:
    claimed(backend)
    _leave(step="one")
    StepRun.objects.update(lease_until=database_time("default") - timedelta(seconds=60))
    return backend.find_due_work(5)


# --- settle ---------------------------------------------------------------------------------------


def _settling(name: str, change: StepChange, **options: Any) -> None:
    def settling(backend: Backend) -> Any:
        return _settle(backend, change, **options)

    settling.__name__ = f"settling_{name}"
    scenario(settling)


def _waiting(waiting_for: WaitingFor, delay: float | None, **options: Any) -> StepChange:
    status = StepStatus.PAUSED if waiting_for in _HELD else StepStatus.WAITING
    return StepChange(status=status, waiting_for=waiting_for, delay=delay, **options)


_HELD: Final = (WaitingFor.CODE, WaitingFor.APPROVAL, WaitingFor.PAUSE)
_settling("a_completed_step", DONE)
_settling("a_completed_step_without_data", StepChange(status=StepStatus.COMPLETED, outcome="ok"))
_settling("a_failed_step", FAILED)
_settling(
    "a_timed_out_step",
    StepChange(
        status=StepStatus.FAILED,
        outcome="error",
        failures=3,
        error=_ERROR,
        attempt_outcome=AttemptOutcome.TIMED_OUT,
        attempt_error=_ERROR,
    ),
)
_settling(
    "a_bypassed_step",
    StepChange(status=StepStatus.BYPASSED, outcome="ok", attempt_outcome=AttemptOutcome.BYPASSED),
)
_settling("a_cancelled_step", StepChange(status=StepStatus.CANCELLED, failures=1, error=_ERROR))
_settling(
    "a_retry",
    _waiting(WaitingFor.RETRY, 120, failures=1, error=_ERROR, attempt_outcome=AttemptOutcome.FAILED),
    run_status=RunStatus.RETRYING,
)
_settling(
    "a_deferral",
    _waiting(
        WaitingFor.DEFER,
        0.5,
        deferrals=1,
        input={"a": 1},
        attempt_outcome=AttemptOutcome.DEFERRED,
        attempt_error={"type": "Defer", "message": "busy"},
    ),
    run_status=RunStatus.WAITING,
    notify=True,
)
_settling(
    "a_timer",
    _waiting(WaitingFor.TIMER, 300, deferrals=1, attempt_outcome=AttemptOutcome.WAITING),
    run_status=RunStatus.WAITING,
)
_settling(
    "an_approval_with_a_deadline",
    _waiting(
        WaitingFor.APPROVAL,
        600,
        deferrals=1,
        request={"kind": "approval", "quorum": 2},
        attempt_outcome=AttemptOutcome.WAITING,
    ),
    run_status=RunStatus.PAUSED,
    events=[Event(type=EventType.APPROVAL_REQUESTED, step="one", data={"visit": 1})],
)
_settling(
    "a_pause",
    _waiting(
        WaitingFor.PAUSE,
        None,
        deferrals=1,
        request={"kind": "pause"},
        attempt_outcome=AttemptOutcome.WAITING,
    ),
    run_status=RunStatus.PAUSED,
)
_settling(
    "missing_code",
    _waiting(WaitingFor.CODE, 30, error=_ERROR),
    run_status=RunStatus.PAUSED,
    events=[Event(type=EventType.CODE_MISSING, step="one", data={"error": _ERROR})],
)


def _new(*steps: tuple[str, StepStatus, int | None]) -> Sequence[NewStep]:
    return [
        NewStep(name=name, status=status, token=None if token is None else UUID(int=token))
        for name, status, token in steps
    ]


_settling("with_a_claimed_step", DONE, new_steps=_new(("two", StepStatus.RUNNING, 7)))
_settling(
    "with_ready_and_skipped_steps",
    DONE,
    new_steps=_new(
        ("two", StepStatus.READY, None), ("three", StepStatus.SKIPPED, None), ("four", StepStatus.READY, None)
    ),
    notify=True,
)
_settling(
    "with_claimed_ready_and_skipped_steps",
    DONE,
    new_steps=_new(
        ("two", StepStatus.SKIPPED, None), ("three", StepStatus.RUNNING, 7), ("four", StepStatus.READY, None)
    ),
    notify=True,
    events=[Event(type=EventType.ROUTED_TO_UNDO, step="one", data={"n": 1})],
)
_settling("with_another_visit", DONE, new_steps=_new(("one", StepStatus.READY, None)))
_settling(
    "the_last_step_of_a_run",
    DONE,
    run_status=RunStatus.COMPLETED,
    events=[Event(type=EventType.RUN_COMPLETED, step="one")],
)
_settling(
    "the_failure_of_a_run",
    FAILED,
    run_status=RunStatus.FAILED,
    run_error={"step": "one"} | _ERROR,
    events=[
        Event(type=EventType.ROUTED_TO_UNDO, step="one", comment="x", actor_text="engine", data={"n": 1}),
        Event(type=EventType.RUN_FAILED, step="one"),
    ],
)
_settling("the_failure_of_a_run_with_steps_in_flight", FAILED, run_status=RunStatus.FAILING, run_error=_ERROR)
_settling("where_the_run_has_another_status", DONE, expect=RunStatus.FAILING, run_status=RunStatus.FAILED)


@scenario
def settling_a_lost_claim(backend: Backend) -> Any:
    claim = claimed(backend)
    StepRun.objects.update(claim_token=UUID(int=8))
    settlement = Settlement(
        claim=claim,
        change=DONE,
        lease=60,
        new_steps=_new(("two", StepStatus.RUNNING, 7)),
        run_status=RunStatus.COMPLETED,
        events=[Event(type=EventType.RUN_COMPLETED)],
    )
    return backend.settle(settlement)


@scenario
def settling_the_last_step_of_a_run_that_is_cancelling(backend: Backend) -> Any:
    claim = claimed(backend)
    Run.objects.update(status=RunStatus.CANCELLING.value)
    settlement = Settlement(
        claim=claim,
        change=DONE,
        lease=60,
        expect=RunStatus.CANCELLING,
        run_status=RunStatus.CANCELLED,
        events=[Event(type=EventType.RUN_CANCELLED)],
    )
    return backend.settle(settlement)


@scenario
def settling_with_an_event_of_a_user(backend: Backend) -> Any:
    ada = get_user_model().objects.create_user("ada")
    event = Event(type=EventType.COMMENTED, actor_key=str(ada.pk), actor_text="ada", comment="hello")
    return _settle(backend, DONE, events=[event, Event(type=EventType.COMMENTED)])


@scenario
def settling_a_second_attempt_keeps_the_request(backend: Backend) -> Any:
    claim = claimed(backend)
    asked = _waiting(
        WaitingFor.APPROVAL, 0, deferrals=1, request={"n": 1}, attempt_outcome=AttemptOutcome.WAITING
    )
    backend.settle(Settlement(claim=claim, change=asked, lease=60, run_status=RunStatus.PAUSED))
    again = _claim(backend)
    return backend.settle(Settlement(claim=again.claim, change=DONE, lease=60))


def _deferring_a_third_attempt(backend: Backend, forgotten: int) -> Any:
    change = _waiting(WaitingFor.DEFER, 0, deferrals=1, attempt_outcome=AttemptOutcome.DEFERRED)
    failed = _waiting(WaitingFor.RETRY, 0, deferrals=1, failures=1, attempt_outcome=AttemptOutcome.FAILED)
    claim = claimed(backend)
    for first in (change, failed):
        backend.settle(Settlement(claim=claim, change=first, lease=60, run_status=RunStatus.WAITING))
        claim = _claim(backend).claim
    last = replace(change, deferrals=2, forgotten_attempt=forgotten)
    return backend.settle(Settlement(claim=claim, change=last, lease=60, run_status=RunStatus.WAITING))


@scenario
def settling_a_deferral_forgets_an_earlier_one(backend: Backend) -> Any:
    return _deferring_a_third_attempt(backend, forgotten=1)


@scenario
def settling_a_deferral_forgets_no_failed_attempt(backend: Backend) -> Any:
    return _deferring_a_third_attempt(backend, forgotten=2)


# --- find due work ----------------------------------------------------------------------------------


@scenario
def finding_nothing_due(backend: Backend) -> Any:
    return backend.find_due_work(5)


@scenario
def finding_due_steps_up_to_a_limit(backend: Backend) -> Any:
    for number in (1, 2, 3):
        start(backend, number)
    return [backend.find_due_work(limit) for limit in (2, 5)]


@scenario
def finding_an_expired_lease(backend: Backend) -> Any:
    claimed(backend)
    before = backend.find_due_work(5)
    StepRun.objects.update(lease_until=datetime(2026, 1, 1, tzinfo=UTC))
    after = backend.find_due_work(5)
    StepRun.objects.update(lease_until=database_time("default"))
    return [before, after]


@scenario
def finding_when_the_next_step_is_due(backend: Backend) -> Any:
    start(backend, start_at=database_time("default") + timedelta(seconds=600))
    found = backend.find_due_work(5)
    assert found.next_in is not None
    return [found.steps, found.expired, round(found.next_in / 60)]


@scenario
def finding_no_expired_lease_of_an_unknown_status(backend: Backend) -> Any:
    claimed(backend)
    StepRun.objects.update(lease_until=datetime(2026, 1, 1, tzinfo=UTC), status="undoing")
    found = backend.find_due_work(5)
    StepRun.objects.update(lease_until=database_time("default"))
    return found


@scenario
def finding_no_expired_lease_of_a_newer_format(backend: Backend) -> Any:
    claimed(backend)
    Run.objects.update(definition_format=2)
    StepRun.objects.update(lease_until=datetime(2026, 1, 1, tzinfo=UTC))
    found = backend.find_due_work(5)
    StepRun.objects.update(lease_until=database_time("default"))
    return found
