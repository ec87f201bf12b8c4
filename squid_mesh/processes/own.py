"""This process's own slot on the board; without a supervisor there is none, and nothing is written."""

from __future__ import annotations

import os
from uuid import UUID

from squid_mesh.processes.board import Board, Slot
from squid_mesh.processes.state import start_time

_slot: Slot | None = None
_clock: Slot | None = None


def occupy(slot: Slot, clock: Slot | None = None) -> None:
    """Show this process in that slot from now on; and its clock, if it has one, in the other."""
    global _slot, _clock
    _slot, _clock = slot, clock
    for own in (slot, clock):
        if own is not None:
            own.occupy(os.getpid(), start_time())


def board() -> Board | None:
    """Return the board of this process's cluster; None if it has no supervisor."""
    return None if _slot is None else _slot.board


def show_claim(token: UUID) -> None:
    """Show the token of a claim, before it is made: if this process dies, the claim is taken back."""
    if _slot is not None:
        _slot.add_token(token)


def is_stopping() -> bool:
    """Return whether this process's cluster was asked to stop, so that nothing more may be claimed."""
    return _slot is not None and _slot.board.is_stopping


def beat() -> None:
    """Show that this process makes progress."""
    if _slot is not None:
        _slot.beat()


def beat_clock() -> None:
    """Show that the clock of this process makes progress."""
    if _clock is not None:
        _clock.beat()


def set_busy(busy: bool) -> None:
    """Show whether this process executes the project's code."""
    if _slot is not None:
        _slot.set_busy(busy)


def is_slot(slot: Slot) -> bool:
    """Return whether that slot is this process's."""
    return _slot is slot
