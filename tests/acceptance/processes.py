"""Clusters as subprocesses, and waiting for what they do."""

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


def until(look: Callable[[], T], seconds: float, what: str, tell: Callable[[], str] = str) -> T:
    """What ``look`` gives once it is true, looked for again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"Not within {seconds:g} s: {what}.\n{tell()}")


class Cluster:
    """A ``qcluster`` with all its processes."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self._leader = subprocess.Popen(
                [*command, "qcluster"],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """All that it has said so far."""
        return self._log.read_text(errors="replace")

    def stop(self, seconds: float = 20) -> int:
        """Ask the leader to end, as a supervisor does; its exit code."""
        if self._leader.poll() is None:
            self._leader.send_signal(signal.SIGTERM)
        return self._leader.wait(seconds)

    def end(self) -> None:
        """Whatever happened, nothing of it is left."""
        try:
            with suppress(subprocess.TimeoutExpired):
                self.stop()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self._leader.pid, signal.SIGKILL)  # its own session, made above
            self._leader.wait(10)
