"""Renewing leases from outside the interpreter of their worker, in a short-lived child.

A worker renews its leases itself, and shows that on its slot. It can't while a step's code holds the
interpreter's lock, as a long call of a C library may do. Then the supervisor renews them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial
from typing import Final
from uuid import UUID

from squid_mesh import conf
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes.board import Board, Kind, Slot
from squid_mesh.processes.executing import Executing
from squid_mesh.processes.state import State, read_state
from squid_mesh.store.claims import renew_leases
from squid_mesh.supervisor.child import Child

logger = GuardedLogger("squid_mesh.supervisor")

#: Parts of a lease. Its worker renews it after a third; if it hasn't after this part, the supervisor does.
_DUE: Final = 1 / 2
#: Parts of a lease until a renewal that failed is tried again.
_AGAIN: Final = 1 / 6


class Renewal:
    """The leases that the supervisor renews, and the child that does so."""

    def __init__(self) -> None:
        self._child = Child("Leases of busy workers can't be renewed; trying again.")
        self._asked: list[UUID] = []
        #: When the supervisor renewed a lease, and when it tried to.
        self._renewed: dict[UUID, float] = {}
        self._tried: dict[UUID, float] = {}

    @property
    def child(self) -> int | None:
        """Return the child's process id; None if there is none."""
        return self._child.pid

    def go_on(self, board: Board) -> None:
        """Start a child if leases must be renewed, and end one that takes too long. Never waits."""
        if self._child.is_running():
            return
        if self._child.succeeded:
            self._renewed |= dict.fromkeys(self._asked, self._child.started_at)
        self._asked = []
        found = [(slot, executing) for slot in _list_busy(board) for executing in slot.executing()]
        tokens = {executing.token for _slot, executing in found}
        self._renewed = {token: at for token, at in self._renewed.items() if token in tokens}
        self._tried = {token: at for token, at in self._tried.items() if token in tokens}
        now = time.monotonic()
        due = [
            executing
            for slot, executing in found
            if self.is_due(executing, now) and read_state(slot.pid, slot.started) is State.RUNNING
        ]
        if due:
            self._asked = [executing.token for executing in due]
            self._tried |= dict.fromkeys(self._asked, now)
            self._child.start(partial(_renew, {executing.token: executing.lease for executing in due}))

    def end(self) -> None:
        """Renew nothing any more."""
        self._child.end()

    def is_due(self, executing: Executing, now: float) -> bool:
        """Return whether the supervisor has to renew the claim's lease.

        Not one whose step has exceeded its timeout and the time of grace: its worker must end.
        """
        renewed = max(executing.renewed, self._renewed.get(executing.token, executing.renewed))
        tried = self._tried.get(executing.token, renewed)
        if executing.deadline is not None and now >= executing.deadline:
            return False
        return now >= renewed + executing.lease * _DUE and (
            tried <= renewed or now >= tried + executing.lease * _AGAIN
        )


def _list_busy(board: Board) -> list[Slot]:
    return [slot for slot in board.slots() if slot.kind is Kind.WORKER and slot.pid and slot.is_busy]


def _renew(leases: Mapping[UUID, float]) -> None:
    using = conf.database()
    for lease in set(leases.values()):
        renew_leases([token for token, seconds in leases.items() if seconds == lease], lease, using)
