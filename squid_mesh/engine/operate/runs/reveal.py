"""Revealing a run's secrets: recorded in its history before they are shown."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import authority, conf
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType
from squid_mesh.store.events import append_events


def record_reveal(run_id: UUID, *, actor: Actor, reason: str) -> None:
    """Record that the actor is about to see the run without masks.

    Raises:
        NotPermitted, RunNotFound
        InvalidArgument: the reason is empty.
    """
    permission.check_permission(authority.UNMASK, actor)
    if not reason.strip():
        raise InvalidArgument("Revealing secrets requires a reason.", argument="reason")
    using = conf.database()
    with transaction.atomic(using=using):
        lock_run_and_steps(run_id, using)
        append_events(run_id, [event_by(actor, EventType.SECRETS_REVEALED, comment=reason)], using)
