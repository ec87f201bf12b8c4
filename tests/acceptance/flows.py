"""Workflows for real clusters, whose workers know them by dotted path only.

Each execution of a step writes a line to a file before it does anything: a ledger that owes nothing to the
rows it is held against.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from squid_mesh import StepContext, Workflow, manual, step
from squid_mesh.api import start_run


def write_line(path: str, line: str) -> None:
    """Append a line, whole or not at all, whoever else writes."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def lines(path: Path) -> list[str]:
    """What was written there."""
    return path.read_text().splitlines() if path.exists() else []


def tick(ledger: str, ctx: StepContext) -> None:
    """Do nothing but be seen."""
    write_line(ledger, f"{ctx.run_id} {ctx.step} {ctx.attempt}")


def nap(ledger: str, seconds: float, ctx: StepContext) -> None:
    """Take a while."""
    tick(ledger, ctx)
    time.sleep(seconds)


def hold(ledger: str, pid_file: str, ctx: StepContext) -> None:
    """The first time: say who works here, and never end."""
    tick(ledger, ctx)
    if ctx.attempt == 1:
        partial = Path(f"{pid_file}.partial")
        partial.write_text(str(os.getpid()))
        partial.rename(pid_file)
        time.sleep(120)


def maybe_die(ledger: str, deadly: bool, ctx: StepContext) -> None:
    """The first time, where it is deadly: take the worker along."""
    tick(ledger, ctx)
    if deadly and ctx.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def host_task(path: str, word: str) -> str:
    """An ordinary task of the host's."""
    write_line(path, word)
    return word.upper()


def host_start(ledger: str) -> str:
    """A task of the host's that starts a run."""
    return str(start_run(Fan, {"ledger": ledger}).id)


class Fan(Workflow):
    """A chain of three, then three side by side, then their join."""

    name = "acceptance.fan"

    class Payload(BaseModel):
        ledger: str
        deadly: bool = False

    by_hand = manual()

    first = step(tick)
    second = step(maybe_die)
    third = step(tick)
    left = step(tick)
    middle = step(tick)
    right = step(tick)
    joined = step(tick, after=[left, middle, right])

    flow = first >> second >> third >> [left, middle, right]


class Held(Workflow):
    """Its second step holds its first worker for ever."""

    name = "acceptance.held"

    class Payload(BaseModel):
        ledger: str
        pid_file: str

    by_hand = manual()

    before = step(tick)
    beside = step(tick)
    held = step(hold)
    afterwards = step(tick)

    flow = before >> [held >> afterwards, beside]


class Slow(Workflow):
    """A chain of four that naps in each step."""

    name = "acceptance.slow"

    class Payload(BaseModel):
        ledger: str
        seconds: float

    by_hand = manual()

    first = step(nap)
    second = step(nap)
    third = step(nap)
    fourth = step(nap)

    flow = first >> second >> third >> fourth


def executions(path: Path) -> list[tuple[UUID, str, int]]:
    """The ledger: run, step and attempt of each execution that began."""
    return [(UUID(run), name, int(attempt)) for run, name, attempt in map(str.split, lines(path))]
