"""Commenting on a run, whatever its status."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType
from squid_mesh.store import events


def comment(run_id: UUID, text: str, *, step: str, actor: Actor) -> None:
    """Add a comment to the run's history, about one of its steps where one is named.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        InvalidArgument: there is no text.
    """
    permission.check(Action.COMMENT, actor)
    if not text.strip():
        raise InvalidArgument("A comment has some text.", argument="text")
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        found.require(Action.COMMENT)
        if step:
            found.step(step)
        events.append(run_id, [event_by(actor, EventType.COMMENTED, step=step, comment=text)], using)
