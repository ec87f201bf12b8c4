"""What an inbox gives: frozen values, JSON-ready by ``model_dump(mode="json")``."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.actions import Action
from squid_mesh.lifecycle import StoredWaitingFor


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Vote(_Value):
    """What somebody has said at an approval that needs more people."""

    exit: str
    actor: str
    created_at: datetime


class WaitingStep(_Value):
    """A step that waits for the asking user, and what that user may do about it.

    ``waiting_for`` is ``approval``, ``pause``, ``code``, ``crash_cap`` or ``outcome``. ``since`` is when it
    began to wait. ``deadline`` is when it ends without people, ``overdue`` whether that has passed by the
    database's clock. ``exits`` can be chosen; ``quorum`` people have to say the same, or ``rejections`` to
    reject.
    """

    run_id: UUID
    workflow: str
    subject: tuple[str, str] | None
    step: str
    visit: int
    waiting_for: StoredWaitingFor
    since: datetime
    prompt: str = ""
    deadline: datetime | None = None
    overdue: bool = False
    escalated: int = 0
    exits: tuple[str, ...] = ()
    quorum: int = 1
    rejections: int = 1
    votes: tuple[Vote, ...] = ()
    actions: tuple[Action, ...]


class WaitingPage(_Value):
    """What waits for a user, the oldest first, and what to give as ``after`` to look further.

    ``looked_at`` held steps were looked at for it. A page may have few items, or none, and a ``next`` all
    the same: no more than so many are looked at for one page. ``next`` is None where none is left.
    """

    items: tuple[WaitingStep, ...]
    looked_at: int
    next: str | None


class WaitingCount(_Value):
    """How much waits for a user; ``more`` where there may be more than was counted."""

    number: int
    more: bool
