"""A real qcluster, as a process of its own that is stopped the way a supervisor would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings

#: Seconds a cluster may take to stop; it needs less than one.
PATIENCE = 20


class Cluster:
    """A running ``manage.py qcluster``, its output going to ``log``; leaving the ``with`` block stops it.

    ``environment`` is what it finds beside our own.
    """

    def __init__(self, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = log
        self._stopped = False
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "qcluster"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment or {}),
                start_new_session=True,  # Ctrl-C is for us: the cluster is stopped in its turn
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The leader's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the leader is still there."""
        return self._process.poll() is None

    def stop(self) -> float | None:
        """Ask the leader, and it alone, to stop; a second call does nothing.

        Returns the seconds that it took, or None if the cluster did not stop by itself and in order.
        """
        if self._stopped:
            return None
        began = time.monotonic()
        self._process.terminate()
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
        self._stopped = True  # not before: who is interrupted while they wait comes here again
        return time.monotonic() - began if code == 0 else None

    def tail(self, lines: int) -> list[str]:
        """The last lines of the log."""
        with self._log.open(encoding="utf-8", errors="replace") as text:
            return [line.rstrip("\n") for line in deque(text, maxlen=lines)]
