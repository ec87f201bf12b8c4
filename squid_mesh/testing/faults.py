"""Fault points: what can go wrong with a worker or the network after a step's effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import assert_never

from squid_mesh import conf
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.results import Done, Failure
from squid_mesh.engine.worker.errors import describe_error, is_retryable
from squid_mesh.engine.worker.invoke import Invocation
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.store.claims import end_leases
from squid_mesh.store.values import Claim
from squid_mesh.testing.driving import WorkerDied
from squid_mesh.testing.errors import FaultNotReached
from squid_mesh.testing.interception import Invoke, intercepting
from squid_mesh.testing.references import find_code


class Fault(StrEnum):
    """What goes wrong, each after the step's code has returned: its effect is there.

    ``LOST_ACKNOWLEDGEMENT``: the other system has done it, but its answer doesn't arrive. The step raises
    ``ConnectionError``, and its retry policy decides. ``CRASH_AFTER_EFFECT``: the worker dies before it
    writes the result. The step stays claimed until its lease expires. ``LOST_LEASE``: the worker was away for
    so long that its lease ended; its result is dropped.
    """

    LOST_ACKNOWLEDGEMENT = "lost_acknowledgement"
    CRASH_AFTER_EFFECT = "crash_after_effect"
    LOST_LEASE = "lost_lease"


@contextmanager
def fail_at(point: Fault | str, step: StepDeclaration | None = None, *, times: int = 1) -> Iterator[None]:
    """Cause a fault in the next executions of a step: ``with fail_at("lost_lease", Flow.charge):``.

    Without ``step``, the fault happens in the next executions of any step. An execution whose code fails
    isn't counted.

    Raises:
        InvalidArgument: there is no such point, or ``times`` isn't above 0.
        NotAStep: ``step`` isn't a step of a workflow, or has no code of its own.
        FaultNotReached: at the end of the body, the fault has happened fewer times.
    """
    fault = _read_point(point)
    if times < 1:
        raise InvalidArgument("times must be above 0.", argument="times")
    reference = None if step is None else find_code(step)
    left = times

    def fail(claim: Claim, memory: RunMemory, invoke: Invoke) -> Invocation:
        nonlocal left
        invocation = invoke(claim, memory)
        if reference is not None and not reference.covers(memory.head.workflow, claim.name):
            return invocation
        if not left or not isinstance(invocation.result, Done):
            return invocation
        left -= 1
        return _fail(fault, claim, memory, invocation)

    with intercepting(fail):
        yield
    if left:
        raise FaultNotReached(fault.value, None if reference is None else reference.name, left)


def _read_point(point: Fault | str) -> Fault:
    try:
        return Fault(point)
    except ValueError:
        known = [one.value for one in Fault]
        raise InvalidArgument(
            f"There is no fault {point!r}; use {', '.join(known)}.", argument="point", known=known
        ) from None


def _fail(fault: Fault, claim: Claim, memory: RunMemory, invocation: Invocation) -> Invocation:
    match fault:
        case Fault.LOST_ACKNOWLEDGEMENT:
            lost = ConnectionError("The connection was lost before the answer arrived.")
            step = memory.blueprint.by_name[claim.name]
            failure = Failure(describe_error(lost), retryable=is_retryable(lost, step))
            return Invocation(failure, invocation.given)
        case Fault.CRASH_AFTER_EFFECT:
            raise WorkerDied
        case Fault.LOST_LEASE:
            end_leases([claim.token], conf.database())
            recover_lost_steps()
            return invocation
        case _:
            assert_never(fault)
