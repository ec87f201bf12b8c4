"""Finding the step that asks people, and the error if it was already answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.engine.operate.locked_run import LockedRun
from squid_mesh.exceptions import AlreadyDecided, InvalidArgument
from squid_mesh.lifecycle import StepStatus, WaitingFor
from squid_mesh.store.events import read_last_answer
from squid_mesh.store.values import StepRow

_KINDS: Final = {Action.DECIDE: WaitingFor.APPROVAL, Action.UNBLOCK: WaitingFor.PAUSE}
_ENDED: Final = (StepStatus.COMPLETED, StepStatus.BYPASSED)


def find_held_step(
    locked: LockedRun, action: Action, step: str | None, visit: int | None
) -> tuple[StepRow, Request]:
    """Return the step that waits for this action, and what it asks.

    ``visit`` is the visit that the person saw, or None if that isn't known.

    Raises:
        StepNotFound: the workflow has no such step.
        AlreadyDecided: it was answered before.
        IllegalAction: no such step waits.
        InvalidArgument: several steps wait, and none is named.
    """
    names = [legal.step for legal in locked.legal_actions if legal.action is action]
    if step is None and len(names) > 1:
        listed = ", ".join(names)
        raise InvalidArgument(
            f"Several steps wait for people: {listed}. Name one.", argument="step", known=names
        )
    name = step or next(iter(names), "")
    row = locked.find_step(name) if name else None
    if row is not None and name in names and visit in (None, row.visit):
        return row, locked.request_of(row)
    _check_undecided(locked, action, step, visit)
    if row is not None and name in names:
        raise locked.other_visit(row, visit)
    locked.require(action, name)
    raise AssertionError("require raises for every step that isn't legal")


def _check_undecided(locked: LockedRun, action: Action, step: str | None, visit: int | None) -> None:
    """Raise AlreadyDecided if the step that is meant was answered before."""
    answered = [
        row
        for row in locked.steps
        if row.request is not None
        and row.request.get("kind") == _KINDS[action]
        and row.status in _ENDED
        and (row.current if visit is None else row.visit == visit)
        and step in (None, row.name)
    ]
    if answered:
        row = max(answered, key=lambda row: row.id)
        last = read_last_answer(locked.run.pk, row.name, locked.using)
        skipped = row.status is StepStatus.BYPASSED
        exit = "skipped" if skipped else APPROVED if row.outcome == OK else row.outcome
        raise already_decided(locked, row, exit, last.actor_text, last.at)


def already_decided(locked: LockedRun, row: StepRow, exit: str, by: str, at: str) -> AlreadyDecided:
    """Return the error. ``by`` is empty if the deadline decided; ``at`` is in ISO format."""
    time = f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return AlreadyDecided(
        f"Step {row.name} of run {locked.run.pk} was already decided: {exit}, by {by or 'its deadline'} "
        f"at {time}.",
        run_id=str(locked.run.pk),
        status=locked.status.value,
        step=row.name,
        visit=row.visit,
        exit=exit,
        by=by,
        at=at,
    )
