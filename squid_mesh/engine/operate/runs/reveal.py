"""Showing a run's secrets to somebody: said in its history before they are shown."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType
from squid_mesh.store import events


def reveal(run_id: UUID, *, actor: Actor, reason: str) -> None:
    """Record that the actor is about to see all of the run.

    Raises:
        NotPermitted, RunNotFound
        InvalidArgument: there is no reason.
    """
    permission.check_unmask(actor)
    if not reason.strip():
        raise InvalidArgument("Seeing secrets needs a reason.", argument="reason")
    using = conf.database()
    with transaction.atomic(using=using):
        locked_run.locked(run_id, using)
        events.append(run_id, [event_by(actor, EventType.SECRETS_REVEALED, comment=reason)], using)
