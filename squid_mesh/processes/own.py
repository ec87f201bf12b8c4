"""This process's own slot on the board; without a supervisor there is none, and nothing is written.

A process that a step's code forks has none either: the slot belongs to the process that has occupied it.
"""

from __future__ import annotations

import os
from uuid import UUID

from squid_mesh.processes.board import Board, Slot
from squid_mesh.processes.executing import PLACES, Executing
from squid_mesh.processes.state import start_time

_pid = 0
_slot: Slot | None = None
_clock: Slot | None = None
_free_places: list[int] = []


def occupy(slot: Slot, clock: Slot | None = None) -> None:
    """Show this process in that slot from now on; and its clock, if it has one, in the other."""
    global _pid, _slot, _clock
    _pid, _slot, _clock = os.getpid(), slot, clock
    _free_places[:] = range(PLACES)
    for own in (slot, clock):
        if own is not None:
            own.occupy(os.getpid(), start_time())


def _own_slot() -> Slot | None:
    return _slot if _pid == os.getpid() else None


def board() -> Board | None:
    """Return the board of this process's cluster; None if it has no supervisor."""
    slot = _own_slot()
    return None if slot is None else slot.board


def show_claim(token: UUID) -> None:
    """Show the token of a claim, before it is made: if this process dies, the claim is taken back."""
    slot = _own_slot()
    if slot is not None:
        slot.add_token(token)


class ShownExecution:
    """A claim that this process executes, on its slot until :meth:`end`."""

    def __init__(self, slot: Slot, place: int, executing: Executing) -> None:
        """Show it: the supervisor renews its lease if this process doesn't."""
        self._slot = slot
        self._place: int | None = place
        self._executing = executing
        slot.places.show(place, executing)

    def note_renewed(self, renewed: float) -> None:
        """Show when the lease was renewed. The thread that renews leases calls this."""
        if self._place is not None:
            self._slot.places.note_renewed(self._place, renewed)

    def end_deadline(self, renewed: float) -> None:
        """Show that the execution has no deadline any more, and when its lease was renewed last."""
        if self._place is not None:
            token, lease = self._executing.token, self._executing.lease
            self._slot.places.show(
                self._place, Executing(token=token, lease=lease, renewed=renewed, deadline=None)
            )

    def end(self) -> None:
        """Show that this process no longer executes the claim."""
        place, self._place = self._place, None
        if place is not None:
            self._slot.places.hide(place)
            _free_places.append(place)


def show_execution(
    token: UUID, *, lease: float, renewed: float, deadline: float | None
) -> ShownExecution | None:
    """Show a claim that this process executes; None if there is no slot or no free place. See Executing."""
    slot = _own_slot()
    if slot is None:
        return None
    try:
        place = _free_places.pop()  # one thread gets it
    except IndexError:
        return None
    executing = Executing(token=token, lease=lease, renewed=renewed, deadline=deadline)
    return ShownExecution(slot, place, executing)


def is_stopping() -> bool:
    """Return whether this process's cluster was asked to stop, so that nothing more may be claimed."""
    slot = _own_slot()
    return slot is not None and slot.board.is_stopping


def beat() -> None:
    """Show that this process makes progress."""
    slot = _own_slot()
    if slot is not None:
        slot.beat()


def beat_clock() -> None:
    """Show that the clock of this process makes progress."""
    if _clock is not None and _own_slot() is not None:
        _clock.beat()


def set_busy(busy: bool) -> None:
    """Show whether this process executes the project's code."""
    slot = _own_slot()
    if slot is not None:
        slot.set_busy(busy)


def is_slot(slot: Slot) -> bool:
    """Return whether that slot is this process's."""
    return _own_slot() is slot
