"""What changes runs and triggers: starting, steering, deciding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db.models import Model
from pydantic import BaseModel

from squid_mesh.api.ids import checked_id
from squid_mesh.api.texts import checked_text
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.engine import start
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.clock import manual_fire, triggers
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.approvals import decision, unblock
from squid_mesh.engine.operate.runs import cancel, replay, reveal
from squid_mesh.engine.operate.runs import comment as comments
from squid_mesh.engine.operate.steps import resolve, retry, rewind, skip
from squid_mesh.inspection import cron_triggers
from squid_mesh.inspection.masking import masked, unmasked
from squid_mesh.inspection.runs import read
from squid_mesh.inspection.snapshots.runs import RunSnapshot, RunSummary, StartedRun, TriggerSnapshot


def start_run(
    workflow: type[Workflow] | str,
    payload: Mapping[str, Any] | BaseModel | None = None,
    *,
    trigger: str | None = None,
    idempotency_key: str | None = None,
    subject: Model | None = None,
    tags: Iterable[str] = (),
    start_at: datetime | None = None,
    actor: Actor = None,
) -> StartedRun:
    """Start a run when the present transaction commits, and never otherwise.

    ``trigger`` may be left out where the workflow has one. ``idempotency_key`` is unique per workflow: a
    second start with the same key, trigger and payload gives the first one's run, with ``existed`` true.
    ``subject`` is a saved object of the host's that the run is about. ``tags`` are short texts by which runs
    are found: 20 at most, of 1 to 64 characters each, without commas. With ``start_at``, an aware datetime,
    the run is ``pending`` until then; a moment that has passed means at once. ``actor`` is whom the history
    names: your code, which starts runs for anybody, asks nobody for a permission. Where people start runs by
    hand, see :func:`check_start`.

    Raises:
        NotFound: no such workflow or trigger.
        DefinitionError: the workflow has problems.
        PayloadError: the payload doesn't fit the trigger; nothing is written.
        IdempotencyConflict: the key belongs to a run with another trigger or payload.
        InvalidArgument: the key is empty, too long or can't be stored, the subject isn't saved, ``start_at``
            is naive, or the tags aren't such as tags may be: all that is wrong with them together.
    """
    started = start.start(
        workflow,
        payload,
        trigger=trigger,
        idempotency_key=idempotency_key,
        subject=subject,
        tags=tags,
        start_at=start_at,
        actor=actor,
    )
    return StartedRun(**_summary_fields(started), existed=started.existed)


def _summary_fields(started: start.Started) -> dict[str, Any]:
    """Return what a summary of the run says, without a query."""
    return {
        "id": started.run_id,
        "workflow": started.workflow,
        "trigger": started.trigger,
        "status": started.status,
        "error": masked(started.error),
        "idempotency_key": started.idempotency_key,
        "subject": started.subject,
        "tags": started.tags,
        "replay_of": started.replay_of,
        "created_at": started.created_at,
        "started_at": started.started_at,
        "finished_at": started.finished_at,
    }


def check_start(actor: Actor) -> None:
    """Nothing, where the actor may start runs by hand, as in the admin or the shell.

    Raises NotPermitted where the actor is a user without the permission ``start_run``.
    """
    permission.check_start(actor)


def cancel_run(run_id: UUID | str, *, actor: Actor = None, reason: str = "") -> RunSummary:
    """Cancel a run: at once where no step is executing, else when that step ends.

    Raises RunNotFound, NotPermitted, or IllegalAction where the run is over or ending already.
    """
    checked = checked_id(run_id)
    cancel.cancel(checked, actor=actor, reason=checked_text(reason, "reason"))
    return read.summary(checked)


def replay_run(
    run_id: UUID | str,
    *,
    payload: Mapping[str, Any] | None = None,
    allow_irreversible: bool = False,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Start a new run of the same workflow, linked to this one, with its payload or another.

    It takes over the subject and the tags.

    Raises RunNotFound, NotPermitted; IllegalAction while the run isn't over; IrreversibleSteps where
    completed irreversible steps would be repeated without ``allow_irreversible=True``; PayloadError.
    """
    started = replay.replay(
        checked_id(run_id),
        payload=payload,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=checked_text(reason, "reason"),
    )
    return RunSummary(**_summary_fields(started))


def refresh_triggers() -> int:
    """Bring the triggers' rows in step with the code, as a starting cluster does; how many that changed."""
    return triggers.sync_triggers()


def change_trigger(
    workflow: type[Workflow] | str,
    name: str,
    *,
    enabled: bool | None = None,
    expression: str | None = None,
    timezone: str | None = None,
    actor: Actor = None,
) -> TriggerSnapshot:
    """Switch a cron trigger, or give it an expression or timezone of its own; ``""`` goes by the code again.

    What is None stays. The next window is then the first after now: those that a disabled trigger let pass
    are not made up.

    Raises:
        NotPermitted: the actor is a user without the permission ``change_trigger``.
        TriggerNotFound: it has no row.
        InvalidArgument: the expression or the timezone can't be used.
    """
    label = workflow if isinstance(workflow, str) else workflow.workflow_name
    triggers.edit_trigger(label, name, enabled=enabled, expression=expression, timezone=timezone, actor=actor)
    return cron_triggers.trigger(label, name)


def fire_trigger(
    workflow: type[Workflow] | str, name: str, *, actor: Actor = None, reason: str = ""
) -> RunSummary:
    """Start a run of a cron trigger now, with this moment as its window; its own windows stay as they are.

    A trigger that is switched off fires too.

    Raises:
        NotPermitted: the actor is a user without the permission ``start_run``.
        TriggerNotFound: it has no row, or is gone from the code.
        WorkflowNotFound: the workflow isn't installed.
        IllegalAction: a run of it isn't over, and its runs don't overlap.
        InvalidArgument: its expression or timezone can't be used.
        PayloadError: a default of its payload doesn't fit.
    """
    label = workflow if isinstance(workflow, str) else workflow.workflow_name
    return read.summary(
        manual_fire.fire_trigger(label, name, actor=actor, reason=checked_text(reason, "reason"))
    )


def unblock_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Let a run go on that a pause holds. ``step`` may be left out where only one is.

    ``visit`` is the visit of the step that the person saw; with it, a pause that a rewind has brought again
    since isn't meant.

    Raises RunNotFound, StepNotFound, NotPermitted, AlreadyDecided, IllegalAction, InvalidArgument.
    """
    checked = checked_id(run_id)
    unblock.unblock(checked, step=step, visit=visit, actor=actor, reason=checked_text(reason, "reason"))
    return read.summary(checked)


def decide(
    run_id: UUID | str,
    exit: str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """Decide an approval: one person's word for one of its exits, with the answers to its form.

    ``step`` may be left out where only one approval is held; ``visit`` is the visit that the person saw. The
    branch goes on once as many people as the approval asks for have said the same.

    Raises RunNotFound, StepNotFound, NotPermitted, IllegalAction; AlreadyDecided where others or that very
    person were faster; InvalidArgument where the actor is no saved user or there is no such exit; FormError;
    CodeUnavailable where the form isn't installed here.
    """
    checked = checked_id(run_id)
    decision.decide(
        checked,
        exit,
        step=step,
        visit=visit,
        actor=actor,
        comment=checked_text(comment, "comment"),
        data=data,
    )
    return read.summary(checked)


def approve_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """:func:`decide` an approval as ``approved``."""
    return decide(run_id, APPROVED, step=step, visit=visit, actor=actor, comment=comment, data=data)


def reject_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """:func:`decide` an approval as ``rejected``."""
    return decide(run_id, REJECTED, step=step, visit=visit, actor=actor, comment=comment, data=data)


def comment_run(run_id: UUID | str, text: str, *, actor: Actor = None, step: str = "") -> RunSummary:
    """Add a comment to a run's history, about one of its steps or all of it. Nothing else changes.

    Raises RunNotFound, StepNotFound, NotPermitted, or InvalidArgument where there is no text.
    """
    checked = checked_id(run_id)
    comments.comment(checked, checked_text(text, "text"), step=step, actor=actor)
    return read.summary(checked)


def retry_step(
    run_id: UUID | str,
    step: str,
    *,
    allow_irreversible: bool = False,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Run a step now, in the same visit: one that failed its run, waits to be tried again or lost its worker.

    For a step whose outcome is unknown this says that it did not happen. A run that failed is reopened.
    ``visit`` is the visit of the step that the person saw: with it, another one is refused.

    Raises RunNotFound, StepNotFound, NotPermitted, IllegalAction; IrreversibleSteps where the step can't be
    undone and may have happened.
    """
    checked = checked_id(run_id)
    retry.retry(
        checked,
        step,
        visit=visit,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=checked_text(reason, "reason"),
    )
    return read.summary(checked)


def skip_step(
    run_id: UUID | str, step: str, *, visit: int | None = None, actor: Actor = None, reason: str = ""
) -> RunSummary:
    """Bypass a step that isn't executing: its ``ok`` edges are taken, and it has no output.

    A run that the step failed is reopened. ``visit`` is the visit that the person saw. Raises RunNotFound,
    StepNotFound, NotPermitted, IllegalAction.
    """
    checked = checked_id(run_id)
    skip.skip(checked, step, visit=visit, actor=actor, reason=checked_text(reason, "reason"))
    return read.summary(checked)


def resolve_step(
    run_id: UUID | str,
    step: str,
    *,
    output: Any = None,
    outcome: str = "ok",
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Say what a step came to without running it: it did happen and gave that output, or ended otherwise.

    ``output`` is validated against what the step declares to return; ``outcome`` may be a label of the
    step's, or ``error``: it failed for good. A run that the step failed is reopened. ``visit`` is the visit
    that the person saw.

    Raises RunNotFound, StepNotFound, NotPermitted, IllegalAction; InvalidArgument where outcome or output
    doesn't fit; CodeUnavailable where the step's code isn't installed here.
    """
    checked = checked_id(run_id)
    resolve.resolve(
        checked,
        step,
        visit=visit,
        output=output,
        outcome=outcome,
        actor=actor,
        reason=checked_text(reason, "reason"),
    )
    return read.summary(checked)


def rewind_run(
    run_id: UUID | str,
    step: str,
    *,
    allow_irreversible: bool = False,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Go back to a step: it and all that follows it run again, each in a new visit; the old ones are history.

    A run that failed or completed is reopened. ``visit`` is the visit of the step that the person saw.

    Raises RunNotFound, StepNotFound, NotPermitted; IllegalAction where the run hasn't come there, is ending
    or cancelled, or one of those steps executes; IrreversibleSteps.
    """
    checked = checked_id(run_id)
    rewind.rewind(
        checked,
        step,
        visit=visit,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=checked_text(reason, "reason"),
    )
    return read.summary(checked)


def reveal_run(run_id: UUID | str, *, actor: Actor, reason: str) -> RunSnapshot:
    """All about a run and its history, secrets included. Who has seen them and why is in its history first.

    Raises RunNotFound, NotPermitted where the actor is a user without ``unmask_run``, or InvalidArgument
    where there is no reason.
    """
    checked = checked_id(run_id)
    reveal.reveal(checked, actor=actor, reason=checked_text(reason, "reason"))
    return read.snapshot(checked, history=True, mask=unmasked)


aapprove_run = sync_to_async(approve_run)
acancel_run = sync_to_async(cancel_run)
acomment_run = sync_to_async(comment_run)
adecide = sync_to_async(decide)
areject_run = sync_to_async(reject_run)
areplay_run = sync_to_async(replay_run)
arefresh_triggers = sync_to_async(refresh_triggers)
achange_trigger = sync_to_async(change_trigger)
afire_trigger = sync_to_async(fire_trigger)
aresolve_step = sync_to_async(resolve_step)
aretry_step = sync_to_async(retry_step)
arewind_run = sync_to_async(rewind_run)
askip_step = sync_to_async(skip_step)
astart_run = sync_to_async(start_run)
aunblock_run = sync_to_async(unblock_run)
areveal_run = sync_to_async(reveal_run)
