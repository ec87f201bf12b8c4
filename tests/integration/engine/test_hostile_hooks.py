"""No outcome depends on the project's hooks: log handlers, receivers, the tracer, its own objects."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.db.models.signals import post_save, pre_save
from django.dispatch import Signal
from django.urls import reverse

from squid_mesh import Defer, Outcome, RetryLater, StepFailed, api, hooks, signals, tracing
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.broker import Broker
from squid_mesh.dispatch.clock import Clock
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.engine.clock import due_triggers, triggers
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun, Trigger
from squid_mesh.tools.errors import ToolError
from tests.host import people, workflows
from tests.host.broken_runs import expire_leases
from tests.host.models import Order
from tests.host.runs import claim, fast_forward, run_until_idle, seen

pytestmark = pytest.mark.django_db(transaction=True)
Plan = dict[str, Any]
Context = AbstractContextManager[Any]


class Unreadable(Exception):
    """An error that can't be described."""

    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__

    @property
    def __notes__(self) -> list[str]:
        raise RuntimeError("unreadable")


ERRORS = (AttributeError("request"), SystemExit(3), Unreadable())


@contextmanager
def log_handler(error: BaseException) -> Iterator[None]:
    handler = logging.Handler()
    handler.emit = mock.Mock(side_effect=error)
    with _root_handler(handler):
        yield


@contextmanager
def log_filter(error: BaseException) -> Iterator[None]:
    handler = logging.NullHandler()
    handler.addFilter(mock.Mock(side_effect=error, spec=[]))
    with _root_handler(handler):
        yield


@contextmanager
def _root_handler(handler: logging.Handler) -> Iterator[None]:
    """Let our loggers use only that handler: pytest's own would be called first."""
    ours = logging.getLogger("squid_mesh")
    with mock.patch.multiple(ours, propagate=False, handlers=[handler], level=logging.DEBUG):
        _forget_levels()
        yield
    _forget_levels()


def _forget_levels() -> None:
    logging.getLogger().manager._clear_cache()


@contextmanager
def record_factory(error: BaseException) -> Iterator[None]:
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(mock.Mock(side_effect=error))
    logging.getLogger("squid_mesh").setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logging.setLogRecordFactory(before)
        logging.getLogger("squid_mesh").setLevel(logging.NOTSET)


@contextmanager
def _receiver(signal: Signal, receiver: Callable[..., Any]) -> Iterator[None]:
    signal.connect(receiver, weak=False)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def _fail(error: BaseException, **fields: Any) -> None:
    raise error


def run_receiver(error: BaseException) -> Context:
    return _receiver(signals.run_moved, partial(_fail, error))


def step_receiver(error: BaseException) -> Context:
    return _receiver(signals.step_moved, partial(_fail, error))


def receiver_and_log(error: BaseException) -> Context:
    stack = ExitStack()
    stack.enter_context(step_receiver(error))
    stack.enter_context(log_handler(error))
    return stack


def _is_ours(sender: type) -> bool:
    return sender in (Run, StepRun, Attempt, AuditEvent, Trigger)


def save_receiver(error: BaseException) -> Context:
    def fail_for_ours(sender: type, **fields: Any) -> None:
        if _is_ours(sender):
            raise error

    stack = ExitStack()
    stack.enter_context(_receiver(post_save, fail_for_ours))
    stack.enter_context(_receiver(pre_save, fail_for_ours))
    return stack


@contextmanager
def receiver_that_leaves_a_transaction_open(error: BaseException) -> Iterator[None]:
    def leave_open(**fields: Any) -> None:
        if not connection.in_atomic_block:
            transaction.atomic().__enter__()
        raise error

    with _receiver(signals.step_moved, leave_open):
        yield


class FailingTracer:
    """A tracer that fails at the named moment, and otherwise records nothing."""

    def __init__(self, moment: str, error: BaseException) -> None:
        self._moment, self._error = moment, error

    def _reach(self, moment: str) -> None:
        if moment == self._moment:
            raise self._error

    def starter(self) -> dict[str, str]:
        self._reach("start")
        return {"traceparent": "a\x00b" if self._moment == "text" else "ab"}

    @contextmanager
    def attempt(self, attempt: tracing.TracedAttempt) -> Iterator[tracing.EndAttempt]:
        self._reach("enter")
        yield lambda outcome, error: self._reach("end")
        self._reach("exit")

    def lost(self, attempt: tracing.TracedAttempt, started_at: datetime) -> None:
        self._reach("lost")


def tracer_at(moment: str) -> Callable[[BaseException], Context]:
    def hook(error: BaseException) -> Context:
        return mock.patch.object(tracing, "_tracer", FailingTracer(moment, error))

    return hook


HOOKS: dict[str, Callable[[BaseException], Context]] = {
    "log handler": log_handler,
    "log filter": log_filter,
    "record factory": record_factory,
    "receiver of runs": run_receiver,
    "receiver of steps": step_receiver,
    "receiver, and the log of its error": receiver_and_log,
    "receiver of all saves": save_receiver,
    "receiver that leaves a transaction open": receiver_that_leaves_a_transaction_open,
    **{
        f"tracer, {moment}": tracer_at(moment) for moment in ("start", "text", "enter", "end", "exit", "lost")
    },
}


def start(plan: Plan) -> None:
    api.start_run(workflows.Chain)
    with transaction.atomic():
        api.start_run(workflows.Chain, idempotency_key="k")


def execute(plan: Plan) -> None:
    plan["two"] = lambda ctx: ctx.logger.warning("two logs")
    api.start_run(workflows.Chain)
    delivery.deliver()


def retry(plan: Plan) -> None:
    plan["flaky"] = [ValueError("busy"), None]
    run_id = api.start_run(workflows.Retries).id
    run_until_idle()
    fast_forward(run_id)
    run_until_idle()


def parallel(plan: Plan) -> None:
    api.start_run(workflows.Spread)
    run_until_idle()


def recover(plan: Plan) -> None:
    run_id = api.start_run(workflows.Chain).id
    claim(run_id)
    expire_leases(run_id)
    delivery.deliver(recover_first=True)


def tick(plan: Plan) -> None:
    nine = datetime(2026, 11, 24, 9, tzinfo=UTC)
    triggers.sync_triggers(lambda now: nine)
    plan["made_at"] = [Unreadable()]
    Trigger.objects.filter(name="every").update(timezone_override="Mars/Base")
    due_triggers.fire_due_triggers(lambda now: nine + timedelta(minutes=10))
    clock = Clock(lambda now: nine + timedelta(minutes=11), ClusterHeartbeat(1))
    assert clock._tick() >= 0
    clock.end()
    run_until_idle()


def dequeue(plan: Plan) -> None:
    broker = Broker("tests")
    broker.ping()
    api.start_run(workflows.Single)
    assert len(broker.dequeue() or ()) == 1
    delivery.deliver()


def prune(plan: Plan) -> None:
    api.start_run(workflows.Single)
    run_until_idle()
    assert api.prune_runs(older_than=timedelta(0)).runs == 1


MOMENTS = (start, execute, retry, parallel, recover, tick, dequeue, prune)


def outcome() -> dict[str, Any]:
    """Everything that the runs have come to, without ids and times."""
    return {
        "runs": sorted(Run.objects.values_list("workflow", "status")),
        "steps": sorted(StepRun.objects.values_list("name", "status", "outcome", "crashes", "failures")),
        "attempts": sorted(Attempt.objects.values_list("step__name", "number", "outcome")),
        "events": sorted(AuditEvent.objects.values_list("step", "type")),
        "triggers": sorted(Trigger.objects.values_list("name", "error")),
    }


def empty() -> None:
    api.prune_runs(older_than=timedelta(0))
    for model in (Attempt, AuditEvent, StepRun, Run, Trigger):
        model._base_manager.all()._raw_delete("default")


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_pulse", None)
    monkeypatch.setattr(hooks, "_next_report", {})


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__)
def test_a_failing_hook_changes_no_outcome(
    moment: Callable[[Plan], None], hook: Callable[[BaseException], Context], plan: Plan
) -> None:
    moment(plan)
    expected = outcome()
    for error in ERRORS:
        plan.clear()
        empty()
        with hook(error):
            moment(plan)
        assert outcome() == expected


@pytest.mark.parametrize("hook", [log_handler, step_receiver, tracer_at("enter")])
def test_a_failing_hook_is_reported(
    hook: Callable[[BaseException], Context], capfd: pytest.CaptureFixture[str]
) -> None:
    with hook(SystemExit("leave")):
        api.start_run(workflows.Single)
        run_until_idle()
    assert capfd.readouterr().err.count("SystemExit: leave") == 1


def test_an_interruption_by_a_person_passes_a_hook() -> None:
    with log_handler(KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
        api.start_run(workflows.Single)
    assert Run.objects.count() == 1


class Odd(ToolError):
    """A tool's error whose every attribute fails."""

    def __init__(self) -> None:
        Exception.__init__(self)

    code = delay = retryable = details = property(lambda self: (_ for _ in ()).throw(SystemExit(3)))  # type: ignore[assignment]
    __str__ = Unreadable.__str__
    __repr__ = Unreadable.__str__


class OddFailed(StepFailed):
    details = property(lambda self: (_ for _ in ()).throw(SystemExit(3)))  # type: ignore[assignment]

    def __init__(self) -> None:
        Exception.__init__(self)


class BareDefer(Defer):
    def __init__(self) -> None:
        Exception.__init__(self, "no delay")


class BareLater(RetryLater):
    def __init__(self) -> None:
        Exception.__init__(self, "no delay")


class OddMeta(type):
    @property
    def __module__(cls) -> str:  # type: ignore[override]
        raise SystemExit(3)


class OddType(Exception, metaclass=OddMeta):
    pass


class OddClass:
    """A value that doesn't say its class."""

    @property
    def __class__(self) -> type:
        raise SystemExit(3)

    def __reduce__(self) -> str:
        raise SystemExit(3)

    def __repr__(self) -> str:
        raise SystemExit(3)


FAILURES: dict[str, Callable[[], BaseException]] = {
    "an unreadable error": Unreadable,
    "a tool's error without attributes": Odd,
    "a failure without details": OddFailed,
    "a deferral without a delay": BareDefer,
    "a retry without a delay": BareLater,
    "a type without a module": OddType,
    "details that can't be described": lambda: StepFailed("x", odd=OddClass()),
}


@pytest.mark.parametrize("make", FAILURES.values(), ids=FAILURES)
def test_an_error_that_cant_be_read_is_a_failed_attempt(
    make: Callable[[], BaseException], plan: Plan
) -> None:
    plan["only"] = make()
    api.start_run(workflows.Single)
    delivery.deliver()
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["failed"]
    assert StepRun.objects.get().crashes == 0
    assert api.inspect_run(Run.objects.get().pk).error


OUTPUTS: dict[str, Callable[[Any], Any]] = {
    "a value": lambda odd: odd,
    "an outcome's value": lambda odd: Outcome("ok", odd),
    "part of a value": lambda odd: {"a": odd},
}


@pytest.mark.parametrize("make", OUTPUTS.values(), ids=OUTPUTS)
def test_an_output_that_cant_be_read_is_a_failed_attempt(make: Callable[[Any], Any], plan: Plan) -> None:
    plan["only"] = lambda ctx: make(OddClass())
    api.start_run(workflows.Single)
    delivery.deliver()
    assert list(Attempt.objects.values_list("outcome", flat=True)) == ["failed"]


def test_a_user_whose_name_cant_be_read_starts_a_run(django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("nina")
    with mock.patch.object(django_user_model, "__str__", side_effect=SystemExit(3)):
        run = api.start_run(workflows.Single, actor=user)
    assert [event.actor for event in seen(run.id).events][:1] == [f"user {user.pk}"]


def test_a_user_whose_name_cant_be_read_votes_and_is_explained(django_user_model: Any) -> None:
    user = django_user_model.objects.create_superuser("nina")
    run_id = api.start_run(people.Expires).id
    run_until_idle()
    with mock.patch.multiple(
        django_user_model,
        __str__=mock.Mock(side_effect=SystemExit(3)),
        get_username=mock.Mock(side_effect=RuntimeError("unreadable")),
    ):
        api.approve_run(run_id, actor=user, comment="fine")
        explained = api.explain_run(run_id)
    assert [vote.actor for step in seen(run_id).steps for vote in step.decisions] == [f"user {user.pk}"]
    assert explained.run_id == run_id


def test_a_subject_whose_name_cant_be_read_is_listed(admin_client: Any) -> None:
    order = Order.objects.create()
    run_id = api.start_run(workflows.Single, subject=order).id
    with mock.patch.object(Order, "__str__", side_effect=RuntimeError("unreadable")):
        page = admin_client.get(reverse("admin:squid_mesh_run_changelist"))
        change = admin_client.get(reverse("admin:squid_mesh_run_change", args=[run_id]))
    assert f"host.order {order.pk}" in page.content.decode()
    assert f"host.order {order.pk}" in change.content.decode()
