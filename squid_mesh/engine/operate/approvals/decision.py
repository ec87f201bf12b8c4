"""Deciding an approval: one vote a person; the step ends when enough people voted for the same exit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.request import APPROVED, REJECTED, outcome_of
from squid_mesh.engine.actor import Actor, describe_actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.approvals.answers import validate_answers
from squid_mesh.engine.operate.approvals.held_steps import already_decided, find_held_step
from squid_mesh.engine.operate.locked_run import LockedRun, lock_run_and_steps
from squid_mesh.engine.operate.steps.ending import end_step
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store.decisions import Vote, read_votes, record_vote
from squid_mesh.store.events import append_events, read_starter_key
from squid_mesh.store.values import StepRow


def decide_approval(
    run_id: UUID,
    exit: str,
    *,
    step: str | None,
    visit: int | None,
    actor: Actor,
    comment: str,
    data: Any,
) -> None:
    """Record the person's vote, and end the step if no more votes are needed.

    Raises:
        RunNotFound, StepNotFound
        AlreadyDecided: others, the deadline or the same person decided before.
        IllegalAction: no approval waits.
        InvalidArgument: the actor isn't a saved user, the approval has no such exit, or several approvals
            wait and none is named.
        NotPermitted: the approval names other people.
        FormError: the answers don't fit the form.
        CodeUnavailable: importing the form failed.
    """
    user = _require_user(actor)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        row, request = find_held_step(locked, Action.DECIDE, step, visit)
        starter = read_starter_key(run_id, using)
        permission.check_action(Action.DECIDE, user, request=request, starter=starter)
        if exit not in request.exits:
            raise InvalidArgument(
                f"Step {row.name} has no exit {exit!r}{did_you_mean(exit, request.exits)}; "
                f"its exits are: {', '.join(request.exits)}.",
                argument="exit",
                known=list(request.exits),
            )
        votes = read_votes(row.id, using)
        _check_first_vote(locked, row, votes, user)
        answers = validate_answers(request, exit, data, locked.run.workflow, row.name)
        by = describe_actor(user)
        vote = Vote(exit=exit, actor_key=by.key, actor_text=by.text)
        record_vote(row.id, vote, comment, answers.data, answers.secrets, using)
        decided = sum(one.exit == exit for one in (*votes, vote)) >= request.votes_needed(exit)
        kind = _event_type(exit) if decided else EventType.VOTED
        about: dict[str, Any] = {"exit": exit, "visit": row.visit}
        about |= {"form_changes": list(answers.changes)} if answers.changes else {}
        event = event_by(user, kind, step=row.name, comment=comment, data=about)
        append_events(run_id, [event], using)
        if decided:
            end_step(
                locked,
                row,
                StepStatus.COMPLETED,
                outcome_of(exit),
                output=answers.data,
                secrets=answers.secrets,
            )


def _require_user(actor: Actor) -> AbstractBaseUser:
    if isinstance(actor, AbstractBaseUser) and actor.pk is not None:
        return actor
    raise InvalidArgument("Only a saved user can decide an approval.", argument="actor")


def _check_first_vote(locked: LockedRun, row: StepRow, votes: list[Vote], user: AbstractBaseUser) -> None:
    for vote in votes:
        if vote.actor_key == str(user.pk):
            raise already_decided(locked, row, vote.exit, vote.actor_text, vote.at)


def _event_type(exit: str) -> EventType:
    return EventType(exit) if exit in (APPROVED, REJECTED) else EventType.DECIDED
