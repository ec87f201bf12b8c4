"""What operators do to runs. Permissions are checked if the actor is a user; every action is audited.

``actor`` is a user, a name for code that is no user, or None. ``visit`` is the visit of the step that the
person saw: the action is illegal if the step has another visit by now. All functions raise RunNotFound if
there is no such run, InvalidArgument if the id is no UUID, and NotPermitted if the user lacks a permission.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from pydantic import BaseModel

from squid_mesh.actions import Action
from squid_mesh.api.arguments import check_arguments, check_run_id, check_text
from squid_mesh.api.starting import summary_fields
from squid_mesh.definitions.request import APPROVED, REJECTED
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.operate.approvals import decision, unblock
from squid_mesh.engine.operate.runs import cancellation, comment, replay
from squid_mesh.engine.operate.steps import resolution, retry, rewind, skip
from squid_mesh.inspection.runs import reading
from squid_mesh.inspection.snapshots.runs import RunSummary

__all__ = [
    "aapprove_run",
    "acancel_run",
    "acomment_run",
    "adecide_approval",
    "approve_run",
    "areject_run",
    "areplay_run",
    "aresolve_step",
    "aretry_step",
    "arewind_run",
    "askip_step",
    "aunblock_run",
    "cancel_run",
    "comment_run",
    "decide_approval",
    "reject_run",
    "replay_run",
    "resolve_step",
    "retry_step",
    "rewind_run",
    "skip_step",
    "unblock_run",
]


@check_arguments
def cancel_run(run_id: UUID | str, *, actor: Actor = None, reason: str = "") -> RunSummary:
    """Cancel a run: at once if no step is running, else when the running steps finish.

    Raises:
        IllegalAction: the run is finished or ending already.
    """
    checked = check_run_id(run_id)
    cancellation.cancel_run(checked, actor=actor, reason=check_text(reason, "reason"))
    return reading.read_summary(checked)


@check_arguments
def replay_run(
    run_id: UUID | str,
    *,
    payload: Mapping[str, Any] | None = None,
    allow_irreversible: bool = False,
    idempotency_key: str | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Start a new run of the same workflow, linked to this one, and return it.

    It has this run's subject and tags, and its payload unless another is given. ``idempotency_key`` is the
    new run's: a second replay with the same key and payload returns the run of the first.

    Raises:
        IllegalAction: the run isn't finished.
        IrreversibleSteps: irreversible steps that completed would be repeated, and ``allow_irreversible``
            isn't True.
        PayloadError: the payload doesn't fit the workflow's current code.
        IdempotencyConflict: the key belongs to a run that was started in another way.
    """
    started = replay.replay_run(
        check_run_id(run_id),
        payload=payload,
        allow_irreversible=allow_irreversible,
        idempotency_key=idempotency_key,
        actor=actor,
        reason=check_text(reason, "reason"),
    )
    return RunSummary(**summary_fields(started))


@check_arguments
def unblock_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Resume a run that a pause step holds. ``step`` may be left out if only one pause does.

    Raises:
        StepNotFound: the workflow has no such step.
        AlreadyDecided: the run was resumed before.
        IllegalAction: the run isn't at a pause.
        InvalidArgument: it is at several pauses, and none is named.
    """
    checked = check_run_id(run_id)
    unblock.unblock_run(checked, step=step, visit=visit, actor=actor, reason=check_text(reason, "reason"))
    return reading.read_summary(checked)


@check_arguments
def decide_approval(
    run_id: UUID | str,
    exit: str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """Record a person's vote for one exit of an approval, with the answers to its form.

    ``step`` may be left out if only one approval waits. The run continues when as many people as the
    approval needs have voted for the same exit.

    Raises:
        StepNotFound: the workflow has no such step.
        AlreadyDecided: others, the deadline or the same person decided before.
        IllegalAction: no approval waits.
        InvalidArgument: the actor isn't a saved user, the approval has no such exit, or several approvals
            wait and none is named.
        FormError: the answers don't fit the form.
        CodeUnavailable: importing the form failed.
    """
    checked = check_run_id(run_id)
    decision.decide_approval(
        checked,
        exit,
        step=step,
        visit=visit,
        actor=actor,
        comment=check_text(comment, "comment"),
        data=data,
    )
    return reading.read_summary(checked)


@check_arguments
def approve_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """Vote ``approved`` at an approval, as :func:`decide_approval` does."""
    return decide_approval(run_id, APPROVED, step=step, visit=visit, actor=actor, comment=comment, data=data)


@check_arguments
def reject_run(
    run_id: UUID | str,
    *,
    step: str | None = None,
    visit: int | None = None,
    actor: Actor,
    comment: str = "",
    data: Mapping[str, Any] | BaseModel | None = None,
) -> RunSummary:
    """Vote ``rejected`` at an approval, as :func:`decide_approval` does."""
    return decide_approval(run_id, REJECTED, step=step, visit=visit, actor=actor, comment=comment, data=data)


@check_arguments
def comment_run(run_id: UUID | str, text: str, *, actor: Actor = None, step: str = "") -> RunSummary:
    """Add a comment to a run's history, about one of its steps or all of it. Nothing else changes.

    If it repeats the run's latest event, as a form that was sent twice does, it isn't added again.

    Raises:
        StepNotFound: the workflow has no such step.
        InvalidArgument: the text is empty.
    """
    checked = check_run_id(run_id)
    comment.add_comment(checked, check_text(text, "text"), step=step, actor=actor)
    return reading.read_summary(checked)


@check_arguments
def retry_step(
    run_id: UUID | str,
    step: str,
    *,
    allow_irreversible: bool = False,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Run a step now, in the same visit: it failed its run, waits for a retry, or its workers died.

    If the step's outcome is unknown, a retry confirms that it did not happen. A failed run is reopened.

    Raises:
        StepNotFound: the workflow has no such step.
        IllegalAction: the step's or the run's status doesn't allow it.
        IrreversibleSteps: the step is irreversible and may have happened, and ``allow_irreversible`` isn't
            True.
    """
    checked = check_run_id(run_id)
    retry.retry_step(
        checked,
        step,
        visit=visit,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=check_text(reason, "reason"),
    )
    return reading.read_summary(checked)


@check_arguments
def skip_step(
    run_id: UUID | str, step: str, *, visit: int | None = None, actor: Actor = None, reason: str = ""
) -> RunSummary:
    """Skip a step: the run continues as if the step's guard were false. A failed run is reopened.

    Raises:
        StepNotFound: the workflow has no such step.
        IllegalAction: the step's or the run's status doesn't allow it.
    """
    checked = check_run_id(run_id)
    skip.skip_step(checked, step, visit=visit, actor=actor, reason=check_text(reason, "reason"))
    return reading.read_summary(checked)


@check_arguments
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
    """Record a step's result without running it. A run that the step failed is reopened.

    ``outcome`` is ``ok``, a label that the step declares, or ``error``: it failed permanently. ``output`` is
    validated against what the step declares to return.

    Raises:
        StepNotFound: the workflow has no such step.
        IllegalAction: the step's or the run's status doesn't allow it.
        InvalidArgument: the outcome or the output doesn't fit the step.
        CodeUnavailable: the step's code isn't installed.
    """
    checked = check_run_id(run_id)
    resolution.resolve_step(
        checked,
        step,
        visit=visit,
        output=output,
        outcome=outcome,
        actor=actor,
        reason=check_text(reason, "reason"),
    )
    return reading.read_summary(checked)


@check_arguments
def rewind_run(
    run_id: UUID | str,
    step: str,
    *,
    allow_irreversible: bool = False,
    visit: int | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Run a step and all steps after it again, each in a new visit. A finished run is reopened.

    The old visits stay in the history. A cancelled run can't be rewound.

    Raises:
        StepNotFound: the workflow has no such step.
        IllegalAction: the run hasn't reached the step, is ending or cancelled, or one of those steps runs.
        IrreversibleSteps: irreversible steps would be repeated, and ``allow_irreversible`` isn't True.
    """
    checked = check_run_id(run_id)
    rewind.rewind_run(
        checked,
        step,
        visit=visit,
        allow_irreversible=allow_irreversible,
        actor=actor,
        reason=check_text(reason, "reason"),
    )
    return reading.read_summary(checked)


#: The function that performs each action.
FUNCTIONS: Final[Mapping[Action, Callable[..., RunSummary]]] = {
    Action.CANCEL: cancel_run,
    Action.UNBLOCK: unblock_run,
    Action.DECIDE: decide_approval,
    Action.RETRY: retry_step,
    Action.SKIP: skip_step,
    Action.RESOLVE: resolve_step,
    Action.REWIND: rewind_run,
    Action.REPLAY: replay_run,
    Action.COMMENT: comment_run,
}


aapprove_run = sync_to_async(approve_run)
acancel_run = sync_to_async(cancel_run)
acomment_run = sync_to_async(comment_run)
adecide_approval = sync_to_async(decide_approval)
areject_run = sync_to_async(reject_run)
areplay_run = sync_to_async(replay_run)
aresolve_step = sync_to_async(resolve_step)
aretry_step = sync_to_async(retry_step)
arewind_run = sync_to_async(rewind_run)
askip_step = sync_to_async(skip_step)
aunblock_run = sync_to_async(unblock_run)
