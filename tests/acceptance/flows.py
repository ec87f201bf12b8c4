"""Workflows for real clusters, whose workers know them by dotted path only.

Each execution of a step first writes a line to a file, the ledger, which the tests compare with the rows.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from squid_mesh import StepContext, Workflow, manual, step
from squid_mesh.api import start_run


def write_line(path: str, line: str) -> None:
    """Append a line, whole or not at all, while other processes write too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def lines(path: Path) -> list[str]:
    """Return the lines of the file."""
    return path.read_text().splitlines() if path.exists() else []


def tick(ledger: str, ctx: StepContext) -> None:
    """Write a line to the ledger."""
    write_line(ledger, f"{ctx.run_id} {ctx.step} {ctx.attempt}")


def pass_by() -> None:
    """Do nothing."""


def nap(ledger: str, seconds: float, ctx: StepContext) -> None:
    """Write to the ledger and take some time."""
    tick(ledger, ctx)
    time.sleep(seconds)


def hold(ledger: str, pid_file: str, ctx: StepContext) -> None:
    """At the first attempt write the worker's process ID, and never end."""
    tick(ledger, ctx)
    if ctx.attempt == 1:
        partial = Path(f"{pid_file}.partial")
        partial.write_text(str(os.getpid()))
        partial.rename(pid_file)
        time.sleep(120)


def ignore_timeout(ledger: str, seconds: int, ctx: StepContext) -> None:
    """Do as :func:`keep_lock`, and let no signal of a timeout through."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGURG])
    keep_lock(ledger, seconds, ctx)


def keep_lock(ledger: str, seconds: int, ctx: StepContext) -> None:
    """At the first attempt call C code that keeps the interpreter's lock: no Python code runs meanwhile."""
    tick(ledger, ctx)
    if ctx.attempt == 1:
        ctypes.PyDLL(None).sleep(seconds)


def fork(ledger: str, ctx: StepContext) -> dict[str, int]:
    """Fork four processes, which leave the step's code in different ways."""
    tick(ledger, ctx)
    codes = []
    for n in range(4):
        child = os.fork()
        if child == 0:
            if n == 0:
                return {"child": 1}
            if n == 1:
                raise ValueError("the child's")
            sys.exit(n)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return {f"child_{n}": code for n, code in enumerate(codes)}


def maybe_die(ledger: str, deadly: bool, ctx: StepContext) -> None:
    """At the first attempt kill the worker, if ``deadly``."""
    tick(ledger, ctx)
    if deadly and ctx.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


def host_task(path: str, word: str) -> str:
    """An ordinary task of the project."""
    write_line(path, word)
    return word.upper()


def host_start(ledger: str) -> str:
    """A task of the project that starts a run."""
    return str(start_run(Fan, {"ledger": ledger}).id)


class Fan(Workflow):
    """A chain of three, then three in parallel, then their join."""

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
    """Its second step keeps its first worker busy until that is killed."""

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
    """A chain of four slow steps."""

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


class KeepsLock(Workflow):
    """Two steps at once keep the interpreter's lock of their worker."""

    name = "acceptance.keeps_lock"

    class Payload(BaseModel):
        ledger: str
        seconds: int

    by_hand = manual()

    pausing = step(keep_lock, on_crash="pause")
    usual = step(keep_lock)
    joined = step(tick, after=[pausing, usual])


class KeepsLockTooLong(Workflow):
    """A step that no signal can stop at its timeout, and not even its own process."""

    name = "acceptance.keeps_lock_too_long"

    class Payload(BaseModel):
        ledger: str
        seconds: int

    by_hand = manual()

    only = step(ignore_timeout, timeout=1)


class Forks(Workflow):
    """Steps whose code forks."""

    name = "acceptance.forks"

    class Payload(BaseModel):
        ledger: str

    by_hand = manual()

    first = step(fork, output="first")
    second = step(fork, output="second", timeout=60, on_crash="pause")

    flow = first >> second


def executions(path: Path) -> list[tuple[UUID, str, int]]:
    """Return the ledger: run, step and attempt of each execution that started."""
    return [(UUID(run), name, int(attempt)) for run, name, attempt in map(str.split, lines(path))]
