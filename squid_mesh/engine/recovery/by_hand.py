"""What a cluster does by itself, done once by hand: taking back lost steps, and executing what is due."""

from __future__ import annotations

from squid_mesh.engine.recovery.recover import recover
from squid_mesh.engine.worker.slice import work
from squid_mesh.exceptions import InvalidArgument


def recover_steps() -> int:
    """Take back every step whose worker is lost; how many there were.

    Its lease is over, and its attempt is recorded as ``interrupted``. What can't be taken back now, because
    somebody acts on its run, is left for the next time.
    """
    taken = 0
    while found := recover():
        taken += found
    return taken


def execute_due(seconds: float) -> int:
    """Execute due steps in this process, for about so many seconds or until none is due; how many.

    A step that has begun isn't cut. Its ``timeout`` needs the process's main thread.

    Raises InvalidArgument where the time isn't above 0.
    """
    if not seconds > 0:
        raise InvalidArgument("Give a time above 0 seconds.", argument="seconds")
    executed, _ = work(seconds)
    return executed
