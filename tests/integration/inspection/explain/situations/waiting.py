"""Steps that wait for a time."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import Defer
from squid_mesh.inspection.explain.explanation import Reason
from tests.host import people, steps, workflows
from tests.host.runs import driven
from tests.integration.inspection.explain.situations.situation import (
    Plan,
    situation,
)


@situation(
    Reason.WAITING_FOR_TIMER,
    "waiting",
    "cancel_run, comment_run, skip_step nap, rewind_run nap, rewind_run before",
    step="nap",
)
def asleep(plan: Plan) -> UUID:
    return driven(workflows.Sleeps)


@situation(
    Reason.WAITING_FOR_RETRY,
    "retrying",
    "cancel_run, comment_run, retry_step flaky, skip_step flaky, resolve_step flaky, rewind_run flaky",
    step="flaky",
    details={"next_attempt": 2, "failures": 1, "max_attempts": 4},
)
def to_be_tried_again(plan: Plan) -> UUID:
    plan["flaky"] = steps.Busy("out of ink")
    return driven(workflows.Retries)


@situation(
    Reason.DEFERRED,
    "waiting",
    "cancel_run, comment_run, retry_step right, skip_step right, resolve_step right,"
    "rewind_run right, rewind_run load, rewind_run left",
    step="right",
    details={"deferrals": 1, "why": "the paper is late"},
    open={"right": Reason.DEFERRED, "check": Reason.WAITING_FOR_DEPENDENCIES},
)
def deferred(plan: Plan) -> UUID:
    plan["right"] = Defer("the paper is late", hours=1)
    return driven(people.Loops)
