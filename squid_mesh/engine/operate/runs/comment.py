"""Comments on a run, in any status."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import lock_run_and_steps
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType
from squid_mesh.store.events import append_events, is_last


def add_comment(run_id: UUID, text: str, *, step: str, actor: Actor) -> None:
    """Add a comment to the run's history, about one of its steps if one is named.

    A comment that repeats the run's latest event is not added again: it was sent twice.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        InvalidArgument: the text is empty.
    """
    permission.check_action(Action.COMMENT, actor)
    if not text.strip():
        raise InvalidArgument("The comment is empty.", argument="text")
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        locked.require(Action.COMMENT)
        if step:
            locked.find_step(step)
        event = event_by(actor, EventType.COMMENTED, step=step, comment=text)
        if not is_last(run_id, event, using):
            append_events(run_id, [event], using)
