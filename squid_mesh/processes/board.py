"""The board: a memory-mapped file in which the processes of one cluster show what they do.

It has no lock, which a killed process would keep. It consists of words of eight bytes, and each word has one
writer at a time; a processor writes such a word whole. The first words belong to the cluster, then each
process has a slot.
"""

from __future__ import annotations

import itertools
import mmap
import struct
import time
from enum import IntEnum
from pathlib import Path
from typing import Final
from uuid import UUID

from squid_mesh.processes.executing import PLACES_WORDS, Executing, Places

_WORD: Final = 8
_MAGIC: Final = 0x53514D32  # "SQM2"; another layout gets another number
#: Words before the first slot.
_HEADER: Final = 16
#: A slot's words: first single ones, then a ring of tokens, each of two words, then the claims in execution.
_RING_AT: Final = 8
_PLACES_AT: Final = 64
_SLOT: Final = _PLACES_AT + PLACES_WORDS
_RING: Final = (_PLACES_AT - _RING_AT) // 2

# Places in the header.
_MAGIC_AT, _SUPERVISOR, _SUPERVISOR_BEAT, _STOP, _STOP_AT, _READY, _PHASE, _RESTARTS, _SLOTS = range(9)
# Places in a slot.
_PID, _KIND, _BEAT, _BUSY, _TIMER, _DEADLINE, _STARTED = range(7)

#: Signals within this time are one request.
_SAME_REQUEST_MS: Final = 300
#: The value of a timer that isn't set; 0 would mean that it has run out.
NO_TIMER: Final = -1.0


class Kind(IntEnum):
    """What a slot's process does. The clock is a thread of the pusher, with a slot of its own."""

    FREE = 0
    LEADER = 1
    SENTINEL = 2
    PUSHER = 3
    CLOCK = 4
    MONITOR = 5
    WORKER = 6


class Stop(IntEnum):
    """Whether the cluster was asked to stop: after the running steps, or at once."""

    NO = 0
    GRACEFUL = 1
    NOW = 2


class Phase(IntEnum):
    """What the supervisor does."""

    STARTING = 0
    RUNNING = 1
    PAUSING = 2
    STOPPING = 3


class Board:
    """An open board. A forked process shares it with its parent."""

    def __init__(self, path: Path) -> None:
        """Open a board that :meth:`create` has made.

        Raises:
            OSError: there is no such file.
            ValueError: the file is no board of this version.
        """
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._words = memoryview(self._memory).cast("Q")
        self._reals = memoryview(self._memory).cast("d")
        if self._words[_MAGIC_AT] != _MAGIC:
            raise ValueError(f"{path} is not a board of this version")

    @classmethod
    def create(cls, path: Path, *, slots: int, supervisor: int) -> Board:
        """Create a board in the file, with that many free slots; replace what was there."""
        header = [0] * _HEADER
        header[_MAGIC_AT], header[_SUPERVISOR], header[_SLOTS] = _MAGIC, supervisor, slots
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            # Written whole: a process that writes to a hole of a file on a full disk is killed.
            file.write(struct.pack(f"={_HEADER}Q", *header) + bytes(_SLOT * slots * _WORD))
        partial.replace(path)
        return cls(path)

    @property
    def supervisor(self) -> int:
        """Return the supervisor's process id."""
        return self._words[_SUPERVISOR]

    def beat(self) -> None:
        """Show that the supervisor makes progress."""
        self._words[_SUPERVISOR_BEAT] += 1

    @property
    def beats(self) -> int:
        """Return how often the supervisor has shown progress."""
        return self._words[_SUPERVISOR_BEAT]

    @property
    def stop(self) -> Stop:
        """Return whether the cluster was asked to stop."""
        return Stop(self._words[_STOP])

    @property
    def is_stopping(self) -> bool:
        """Return whether the cluster was asked to stop. Cheap enough to ask before each step."""
        return self._words[_STOP] != Stop.NO

    def request_stop(self) -> None:
        """Ask the cluster to stop after the running steps."""
        if self._words[_STOP] == Stop.NO:
            self._words[_STOP_AT] = _now_ms()
            self._words[_STOP] = Stop.GRACEFUL

    def insist_on_stop(self) -> None:
        """Ask the cluster to stop at once, if this is a second request and not a copy of the first."""
        if self._words[_STOP] == Stop.NO:
            self.request_stop()
        elif _now_ms() - self._words[_STOP_AT] >= _SAME_REQUEST_MS:
            self._words[_STOP] = Stop.NOW

    @property
    def is_ready(self) -> bool:
        """Return whether the sentinel has started all processes once."""
        return bool(self._words[_READY])

    def set_ready(self) -> None:
        """Record that the sentinel has started all processes."""
        self._words[_READY] = 1

    @property
    def phase(self) -> Phase:
        """Return what the supervisor does."""
        return Phase(self._words[_PHASE])

    @phase.setter
    def phase(self, phase: Phase) -> None:
        self._words[_PHASE] = phase

    @property
    def restarts(self) -> int:
        """Return how many trees the supervisor has started after the first."""
        return self._words[_RESTARTS]

    @restarts.setter
    def restarts(self, count: int) -> None:
        self._words[_RESTARTS] = count

    def slots(self) -> list[Slot]:
        """Return the slots in use."""
        found = (Slot(self, number) for number in range(self._words[_SLOTS]))
        return [slot for slot in found if slot.kind is not Kind.FREE]

    def take_slot(self, kind: Kind) -> Slot | None:
        """Take a free slot for a process that is about to be forked. One process at a time may call this.

        None if no slot is free: the supervisor, which frees those of dead processes, doesn't do its work.
        """
        for number in range(self._words[_SLOTS]):
            slot = Slot(self, number)
            if slot.kind is Kind.FREE:
                slot.clear()
                slot._words[slot._at + _KIND] = kind
                return slot
        return None


class Slot:
    """The part of a board that one process writes. ``pid`` is 0 until it runs."""

    def __init__(self, board: Board, number: int) -> None:
        self.board = board
        self.number = number
        self._at = _HEADER + _SLOT * number
        self._words = board._words
        self._reals = board._reals
        self._claims = itertools.count()
        self.places = Places(self._words, self._reals, self._at + _PLACES_AT)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._words[self._at + _PID]

    @property
    def kind(self) -> Kind:
        """Return what the process does."""
        return Kind(self._words[self._at + _KIND])

    @property
    def beats(self) -> int:
        """Return how often the process has shown progress."""
        return self._words[self._at + _BEAT]

    @property
    def is_busy(self) -> bool:
        """Return whether the process executes the project's code: a step, a task, a hook."""
        return bool(self._words[self._at + _BUSY])

    @property
    def started(self) -> int:
        """Return when the process started, as the system counts it. With ``pid`` it names one process."""
        return self._words[self._at + _STARTED]

    def occupy(self, pid: int, started: int) -> None:
        """Write the process's id, and when it started. The process does so, and its parent too.

        A process can be stopped by a signal before it has run at all.
        """
        self._words[self._at + _STARTED] = started
        self._words[self._at + _PID] = pid

    def beat(self) -> None:
        """Show that the process makes progress."""
        self._words[self._at + _BEAT] += 1

    def set_busy(self, busy: bool) -> None:
        """Show whether the process executes the project's code."""
        self._words[self._at + _BUSY] = busy

    def clear(self) -> None:
        """Free the slot. Its kind comes last: from then on another process may take it.

        The timer stays, for the sentinel, which finds out later why the process has ended.
        """
        for place in range(_SLOT):
            if place not in (_KIND, _TIMER, _DEADLINE):
                self._words[self._at + place] = 0
        self._words[self._at + _KIND] = Kind.FREE

    def add_token(self, token: UUID) -> None:
        """Show a claim that the process is about to make. The oldest of many tokens is forgotten.

        Threads of the process may call this at once: each writes to a place of its own.
        """
        place = self._at + _RING_AT + 2 * (next(self._claims) % _RING)
        high, low = divmod(token.int, 1 << 64)
        self._words[place], self._words[place + 1] = high, low

    def tokens(self) -> list[UUID]:
        """Return the tokens of the last claims."""
        places = range(self._at + _RING_AT, self._at + _PLACES_AT, 2)
        found = (self._words[place] << 64 | self._words[place + 1] for place in places)
        return [UUID(int=value) for value in found if value]

    def executing(self) -> list[Executing]:
        """Return the claims that the process executes now."""
        return self.places.read()

    def set_timer(self, value: float, deadline: float) -> None:
        """Write the timer of the current task, and when it runs out on the monotonic clock."""
        self._reals[self._at + _DEADLINE] = deadline
        self._reals[self._at + _TIMER] = value

    def read_timer(self) -> tuple[float, float]:
        """Return the timer's value and when it runs out."""
        return self._reals[self._at + _TIMER], self._reals[self._at + _DEADLINE]


def _now_ms() -> int:
    return int(time.monotonic() * 1000)
