"""A real worker cluster in a process of its own, stopped as a supervisor stops it."""

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

#: The seconds that a cluster may take to stop. It needs less than one.
STOP_TIMEOUT = 20


class Cluster:
    """A running ``manage.py squid_mesh worker`` that logs to ``log``. The end of the ``with`` block stops it.

    ``environment`` is added to the environment of this process.
    """

    def __init__(self, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self._log = log
        self._stopped = False
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "squid_mesh", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(environment or {}),
                start_new_session=True,  # Ctrl-C reaches only this process, which then stops the cluster
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
        """The supervisor's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the supervisor is running."""
        return self._process.poll() is None

    def stop(self) -> float | None:
        """Send SIGTERM to the supervisor, and wait. A second call does nothing.

        Returns the seconds that it took, or None if the cluster had to be killed or failed.
        """
        if self._stopped:
            return None
        started = time.monotonic()
        self._process.terminate()
        try:
            code = self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            code = self._process.wait()
        self._stopped = True  # set last: after a Ctrl-C during the wait, stop() is called again
        return time.monotonic() - started if code == 0 else None

    def tail(self, lines: int) -> list[str]:
        """Return the last lines of the log."""
        with self._log.open(encoding="utf-8", errors="replace") as text:
            return [line.rstrip("\n") for line in deque(text, maxlen=lines)]
