"""The workflows of the campaign, whose steps record their beginning and their end in the ledger."""

from __future__ import annotations

import os
import time
from typing import Final

from pydantic import BaseModel

from squid_mesh import StepContext, Workflow, manual, step, wait
from tests.faults.ledger import BEGIN, END, append

#: Seconds that a run of the first workflow waits in the database.
REST: Final = 0.5


class Payload(BaseModel):
    """Where the ledger is, and how many seconds each step takes."""

    ledger: str
    seconds: float


def work(ledger: str, seconds: float, ctx: StepContext) -> dict[str, int]:
    """Take some time between two lines of the ledger; return which execution this was."""
    key = (str(ctx.run_id), ctx.step, ctx.visit, ctx.attempt)
    append(ledger, BEGIN, key)
    time.sleep(seconds)
    append(ledger, END, key)
    return {"attempt": ctx.attempt, "pid": os.getpid()}


class Chained(Workflow):
    """A chain with an irreversible step and a wait. At most one step is open at any time."""

    name = "faults.chained"
    Payload = Payload

    by_hand = manual()

    one = step(work, output="one")
    charge = step(work, output="charge", irreversible=True)
    rest = wait(seconds=REST)
    last = step(work, output="last")

    flow = one >> charge >> rest >> last


class Forked(Workflow):
    """Three steps in parallel, one of which pauses if its worker dies, and their join."""

    name = "faults.forked"
    Payload = Payload

    by_hand = manual()

    opened = step(work, output="opened")
    left = step(work, output="left", on_crash="pause")
    middle = step(work, output="middle")
    right = step(work, output="right")
    joined = step(work, output="joined", after=[left, middle, right])

    flow = opened >> [left, middle, right]


#: The names of the workflows: clusters also start runs of other workflows of the tests, by their triggers.
WORKFLOWS: Final = ("faults.chained", "faults.forked")
#: The steps that need a person after their worker has died.
PAUSING: Final = frozenset({"charge", "left"})
#: The steps that must have ended before a step, and how many seconds before.
PREDECESSORS: Final = {
    "charge": (("one",), 0.0),
    "last": (("charge",), REST),
    "left": (("opened",), 0.0),
    "middle": (("opened",), 0.0),
    "right": (("opened",), 0.0),
    "joined": (("left", "middle", "right"), 0.0),
}
#: The steps that write no lines.
SILENT: Final = frozenset({"rest"})
