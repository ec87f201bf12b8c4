"""The values of the inbox, JSON-ready by ``model_dump(mode="json")``."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from squid_mesh.actions import Action
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.lifecycle import StoredWaitingFor


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Vote(_Value):
    """One person's vote at an approval that needs more votes."""

    exit: str
    actor: str
    created_at: datetime


class WaitingStep(_Value):
    """A step that waits for the user, and the actions that the user may do.

    ``since`` is when it started to wait. ``deadline`` is when it ends without people, ``overdue`` whether
    that has passed by the database's clock. ``exits`` are the choices; ``quorum`` is how many votes approve,
    ``rejections`` how many reject.
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


class UnreadableStep(_Value):
    """A held step of which this version can't read what it asks, so that it isn't known whom it asks.

    ``values`` are the stored values that can't be read; none if the step has no request.
    """

    run_id: UUID
    workflow: str
    step: str
    values: tuple[UnreadableValue, ...]


class WaitingPage(_Value):
    """The steps that wait for a user, oldest first, and the ``after`` of the next page.

    ``examined`` is how many held steps were checked; that number is limited for each page, so a page may have
    few items, or none, and still a ``next``. ``next`` is None on the last page. ``unreadable`` are the held
    steps that were checked and can't be read, for users who may view runs.
    """

    items: tuple[WaitingStep, ...]
    examined: int
    next: str | None
    unreadable: tuple[UnreadableStep, ...] = ()


class WaitingCount(_Value):
    """How many steps wait for a user; ``more``: there may be more than were counted."""

    number: int
    more: bool
