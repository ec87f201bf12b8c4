"""Finding the held step that a person means, and saying who was faster."""

from __future__ import annotations

from datetime import UTC, datetime

from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import OK
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.engine.operate.locked_run import Scene
from squid_mesh.exceptions import AlreadyDecided, InvalidArgument
from squid_mesh.lifecycle import StepStatus, WaitingFor
from squid_mesh.store import decisions
from squid_mesh.store.values import StepRow

_KINDS = {Action.DECIDE: WaitingFor.APPROVAL, Action.UNBLOCK: WaitingFor.PAUSE}
_OVER = (StepStatus.COMPLETED, StepStatus.BYPASSED)


def find(scene: Scene, action: Action, step: str | None, visit: int | None) -> tuple[StepRow, Request]:
    """The held step and what it asks. ``visit`` is the one that the person saw, where they say so.

    Raises:
        StepNotFound: the workflow has no such step.
        AlreadyDecided: it isn't held any more.
        IllegalAction: no such step is held.
        InvalidArgument: several are, and none is named.
    """
    names = [possible.step for possible in scene.possible if possible.action is action]
    if step is None and len(names) > 1:
        listed = ", ".join(names)
        raise InvalidArgument(f"Several steps are held: {listed}. Name one.", argument="step", known=names)
    name = step or next(iter(names), "")
    row = scene.step(name) if name else None
    if row is not None and name in names and visit in (None, row.visit):
        return row, scene.request_of(row)
    _refuse_decided(scene, action, step, visit)
    if row is not None and name in names:
        raise scene.other_visit(row, visit)
    scene.require(action, name)
    raise AssertionError("what is possible has been returned")


def _refuse_decided(scene: Scene, action: Action, step: str | None, visit: int | None) -> None:
    """Raise AlreadyDecided for the step that was meant, if it was held and no longer is."""
    asked = [
        row
        for row in scene.steps
        if row.request is not None
        and row.request["kind"] == _KINDS[action]
        and row.status in _OVER
        and (row.current if visit is None else row.visit == visit)
        and step in (None, row.name)
    ]
    if asked:
        raise already(scene, max(asked, key=lambda row: row.id))


def already(scene: Scene, row: StepRow) -> AlreadyDecided:
    """Who has ended the step, how, and when."""
    by, at = decisions.last_word(scene.run.pk, row.name, scene.using)
    exit = "skipped" if row.status is StepStatus.BYPASSED else APPROVED if row.outcome == OK else row.outcome
    return refusal(scene, row, exit, by, at)


def refusal(scene: Scene, row: StepRow, exit: str, by: str, at: str) -> AlreadyDecided:
    """That it has been decided."""
    moment = f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    who = by or "its deadline"
    return AlreadyDecided(
        f"Step {row.name} of run {scene.run.pk} has been decided: {exit}, by {who} at {moment}.",
        run_id=str(scene.run.pk),
        status=scene.status.value,
        step=row.name,
        visit=row.visit,
        exit=exit,
        by=by,
        at=at,
    )
