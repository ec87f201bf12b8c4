"""Deciding an approval: one word a person, and the step goes its way once enough have said the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.request import APPROVED, REJECTED, Request, outcome_of
from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.approvals import form, held
from squid_mesh.engine.operate.locked_run import Scene
from squid_mesh.engine.operate.steps.end import end
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store import decisions, events
from squid_mesh.store.decisions import Word
from squid_mesh.store.values import StepRow


def decide(
    run_id: UUID,
    exit: str,
    *,
    step: str | None,
    visit: int | None,
    actor: Actor,
    comment: str,
    data: Any,
) -> None:
    """Record the person's decision, and end the step where it is the one that was missing.

    Raises:
        RunNotFound, StepNotFound
        AlreadyDecided: others, the deadline or the same person were faster.
        IllegalAction: no approval is held.
        InvalidArgument: the actor is no saved user, the approval has no such exit, or several are held.
        NotPermitted: the approval is for others.
        FormError, CodeUnavailable: the answers don't fit the form, or it isn't there.
    """
    user = _person(actor)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        row, request = held.find(found, Action.DECIDE, step, visit)
        starter = decisions.starter_of(run_id, using)
        permission.check(Action.DECIDE, user, request=request, starter=starter)
        if exit not in request.exits:
            raise InvalidArgument(
                f"Step {row.name} has no exit {exit!r}{did_you_mean(exit, request.exits)}; "
                f"its exits are: {', '.join(request.exits)}.",
                argument="exit",
                known=list(request.exits),
            )
        said = decisions.of_step(row.id, using)
        _refuse_twice(found, row, said, user)
        answered = form.answers(request, exit, data, row.name)
        word = Word(exit=exit, actor_key=str(user.pk), actor_text=replace_unstorable(str(user)[:200]))
        decisions.add(row.id, word, user.pk, comment, answered, using)
        enough = _enough(request, exit, [*said, word])
        kind = _event_type(exit) if enough else EventType.VOTED
        told = event_by(user, kind, step=row.name, comment=comment, data={"exit": exit, "visit": row.visit})
        events.append(run_id, [told], using)
        if enough:
            end(found, row, StepStatus.COMPLETED, outcome_of(exit), output=answered)


def _person(actor: Actor) -> AbstractBaseUser:
    if isinstance(actor, AbstractBaseUser) and actor.pk is not None:
        return actor
    raise InvalidArgument("An approval is decided by a person: the actor is a saved user.", argument="actor")


def _refuse_twice(found: Scene, row: StepRow, said: list[Word], user: AbstractBaseUser) -> None:
    for word in said:
        if word.actor_key == str(user.pk):
            raise held.refusal(found, row, word.exit, word.actor_text, word.at)


def _enough(request: Request, exit: str, said: list[Word]) -> bool:
    return sum(word.exit == exit for word in said) >= request.votes_needed(exit)


def _event_type(exit: str) -> EventType:
    return EventType(exit) if exit in (APPROVED, REJECTED) else EventType.DECIDED
