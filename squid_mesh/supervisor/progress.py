"""Proof of progress: which processes of a tree are dead, stopped, or no longer move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.state import State, read_state

#: Seconds after which a process that a signal has stopped is continued. If that doesn't help, it is killed.
STOPPED_SECONDS: Final = 5.0
_KILLED_SECONDS: Final = 10.0
#: Seconds that a process gets to show itself after its parent has made it a slot.
_FORK_SECONDS: Final = 10.0
#: Seconds without progress after which a process counts as hung. Pusher and clock wait for the database, and
#: SQLite's lock may take 20 s.
_HUNG_SECONDS: Final = {
    Kind.LEADER: 15.0,
    Kind.WORKER: 15.0,
    Kind.MONITOR: 15.0,
    Kind.PUSHER: 60.0,
    Kind.CLOCK: 60.0,
}
#: The sentinel waits for the database and the cache. If it hangs, the running steps are killed with it: after
#: that many lease times without the database, their leases have expired.
_HUNG_SENTINEL_SECONDS: Final = 60.0
_HUNG_SENTINEL_LEASES: Final = 2.0
#: Seconds that a worker gets to end itself after the deadline of a step that it can't stop.
_OVERDUE_SECONDS: Final = 2.0


@dataclass(slots=True)
class _Seen:
    beats: int
    still: float = 0.0
    stopped: float = 0.0
    continued: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """The slots of processes that are dead, to be continued, or to be killed, with the reason."""

    dead: list[Slot] = field(default_factory=list)
    stopped: list[Slot] = field(default_factory=list)
    hung: list[tuple[Slot, str]] = field(default_factory=list)


class Progress:
    """What was seen of each process. Time is the supervisor's own loop: only deadlines are clock times."""

    def __init__(self, lease_seconds: float) -> None:
        self._sentinel = max(_HUNG_SENTINEL_SECONDS, _HUNG_SENTINEL_LEASES * lease_seconds)
        self._seen: dict[tuple[int, int, int], _Seen] = {}

    def examine(self, board: Board, elapsed: float, *, now: float) -> Findings:
        """Return what is wrong. ``elapsed``: seconds since the last call in which this process ran itself.

        ``now``: on the monotonic clock, which all processes share; deadlines of steps are compared with it.
        """
        findings = Findings()
        before, self._seen = self._seen, {}
        for slot in board.slots():
            key = (slot.number, slot.pid, slot.started)
            seen = self._seen[key] = before.get(key) or _Seen(slot.beats, still=-elapsed, stopped=-elapsed)
            state = read_state(slot.pid, slot.started) if slot.pid else State.RUNNING
            if state is State.DEAD:
                findings.dead.append(slot)
                continue
            seen.stopped = seen.stopped + elapsed if state is State.STOPPED else 0.0
            seen.continued = seen.continued and state is State.STOPPED
            seen.still = seen.still + elapsed if slot.beats == seen.beats else 0.0
            seen.beats = slot.beats
            if not slot.pid:
                if seen.still >= _FORK_SECONDS:
                    findings.dead.append(slot)
            elif seen.stopped >= _KILLED_SECONDS:
                findings.hung.append((slot, f"has been stopped for {_KILLED_SECONDS:g} s"))
            elif seen.stopped >= STOPPED_SECONDS and not seen.continued:
                seen.continued = True
                findings.stopped.append(slot)
            elif _is_overdue(slot, now):
                findings.hung.append((slot, "executes a step that can't be stopped at its timeout"))
            elif not slot.is_busy and seen.still >= self._limit(slot.kind):
                findings.hung.append((slot, f"has made no progress for {self._limit(slot.kind):g} s"))
        return findings

    def _limit(self, kind: Kind) -> float:
        return self._sentinel if kind is Kind.SENTINEL else _HUNG_SECONDS[kind]


def _is_overdue(slot: Slot, now: float) -> bool:
    """Return whether a worker should have ended itself, but can't: its step holds the interpreter's lock."""
    if slot.kind is not Kind.WORKER or not slot.is_busy:
        return False
    deadlines = [executing.deadline for executing in slot.executing() if executing.deadline is not None]
    return any(now >= deadline + _OVERDUE_SECONDS for deadline in deadlines)
