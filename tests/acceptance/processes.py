"""Clusters as subprocesses, and waiting for a condition."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], seconds: float, what: str, details: Callable[[], str] = str) -> T:
    """Call ``condition`` until it returns something true, and return that.

    Raises AssertionError after that many seconds, with ``what`` and ``details()``.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds:g} s: {what}.\n{details()}")


def until_none(remaining: Callable[[], int], patience: float, what: str, details: Callable[[], str]) -> None:
    """Call ``remaining`` until it returns 0: a slow machine may take its time, as long as the number falls.

    Raises AssertionError if it hasn't fallen for ``patience`` seconds.
    """
    least = remaining()
    while least:

        def falls(before: int = least) -> bool:
            return remaining() < before

        until(falls, patience, f"{what}; {least} remain", details)
        least = remaining()


def end_group(leader: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """End a process that leads its own session, and everything it has started: SIGTERM, then SIGKILL.

    Not SIGINT: a background job, nohup and many CI runners start their processes with SIGINT ignored.
    """
    try:
        if leader.poll() is None:
            leader.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            leader.wait(seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(leader.pid, signal.SIGKILL)
        leader.wait(10)


#: The two ways to run a cluster: django-q2's command, and ours with a supervisor.
QCLUSTER = ("qcluster",)
SUPERVISED = ("squid_mesh", "worker")


class Cluster:
    """A cluster and all its processes. Its first process leads its own session."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        verb: Sequence[str] = QCLUSTER,
    ) -> None:
        self._log = log
        with log.open("wb") as output:
            self._leader = subprocess.Popen(
                [*command, *verb],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """Return the output so far."""
        return self._log.read_text(errors="replace")

    @property
    def pid(self) -> int:
        """Return the id of the process that was started: django-q2's leader, or our supervisor."""
        return self._leader.pid

    def exit_code(self) -> int | None:
        """Return the exit code of that process; None while it runs."""
        return self._leader.poll()

    def stop(self, seconds: float = 20) -> int:
        """Ask the leader to end, as a supervisor does, and return its exit code."""
        if self._leader.poll() is None:
            self._leader.send_signal(signal.SIGTERM)
        return self._leader.wait(seconds)

    def end(self) -> None:
        """End all of the cluster's processes."""
        end_group(self._leader, 20)
