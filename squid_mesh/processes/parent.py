"""The end of a parent: no process of a cluster outlives the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
#: Only Linux sends a signal at the death of a parent.
HAS_DEATH_SIGNAL: Final = sys.platform == "linux"


class ParentPipe:
    """A pipe whose writing end only the parent holds open, where the kernel sends no signal.

    The parent creates it before it forks. The kernel closes the end of a parent that was killed.
    """

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()

    def watch(self) -> None:
        """End this process, a child, as soon as the parent has ended."""
        os.close(self._writing)
        threading.Thread(target=self._wait, name="squid-mesh-parent", daemon=True).start()

    def _wait(self) -> None:
        os.read(self._reading, 1)  # nothing is ever written: it returns at the end of the pipe
        os._exit(1)


def die_with_parent(parent: int, pipe: ParentPipe | None) -> None:
    """Let this process be killed when its parent, the process of that number, ends.

    ``pipe`` does so where the kernel can't.
    """
    if HAS_DEATH_SIGNAL:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    elif pipe is not None:
        pipe.watch()
    if os.getppid() != parent:  # it ended before the call
        os._exit(1)


def resume_at_parents_end() -> None:
    """Let a stopped process continue when its parent ends, so that it can notice that."""
    if HAS_DEATH_SIGNAL:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGCONT)


def adopt_orphans() -> None:
    """Become the parent of all processes below this one whose own parent ends, where that is possible."""
    if HAS_DEATH_SIGNAL:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    """Call Linux's prctl.

    Raises:
        OSError: the kernel refuses, for example by a seccomp profile.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
