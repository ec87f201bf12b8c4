"""Cron triggers: list, change and fire them."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from squid_mesh.api.arguments import check_arguments, check_text
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.clock import manual_fire, triggers
from squid_mesh.inspection import cron_triggers
from squid_mesh.inspection.runs import reading
from squid_mesh.inspection.snapshots.runs import RunSummary, TriggerSnapshot

__all__ = [
    "achange_trigger",
    "afire_trigger",
    "alist_triggers",
    "arefresh_triggers",
    "change_trigger",
    "fire_trigger",
    "list_triggers",
    "refresh_triggers",
]


def list_triggers() -> tuple[TriggerSnapshot, ...]:
    """Return every cron trigger in the code or the database, by workflow and name."""
    return cron_triggers.list_triggers()


def refresh_triggers() -> int:
    """Update the triggers' rows to match the code, as a cluster does when it starts.

    Returns how many rows changed.
    """
    return triggers.sync_triggers()


@check_arguments
def change_trigger(
    workflow: type[Workflow] | str,
    name: str,
    *,
    enabled: bool | None = None,
    expression: str | None = None,
    timezone: str | None = None,
    actor: Actor = None,
) -> TriggerSnapshot:
    """Enable or disable a cron trigger, or override its expression or timezone.

    None leaves a value unchanged; ``""`` removes an override, so that the code's value applies again. The
    next scheduled time is the first one after now: those that passed while the trigger was disabled are
    not made up for.

    Raises:
        NotPermitted: the actor is a user without the permission ``change_trigger``.
        TriggerNotFound: the trigger has no row.
        InvalidArgument: the expression or the timezone can't be used.
    """
    label = workflow if isinstance(workflow, str) else workflow.workflow_name
    triggers.edit_trigger(label, name, enabled=enabled, expression=expression, timezone=timezone, actor=actor)
    return cron_triggers.read_trigger(label, name)


@check_arguments
def fire_trigger(
    workflow: type[Workflow] | str,
    name: str,
    *,
    idempotency_key: str | None = None,
    actor: Actor = None,
    reason: str = "",
) -> RunSummary:
    """Start a run of a cron trigger now, with this moment as its scheduled time.

    The trigger's own schedule stays as it is. A disabled trigger can be fired too. Firing it again with the
    same ``idempotency_key`` returns the first run.

    Raises:
        NotPermitted: the actor is a user without the permission ``start_run``.
        TriggerNotFound: the trigger has no row, or was removed from the code.
        WorkflowNotFound: the workflow isn't installed.
        IllegalAction: a run of the trigger isn't finished, and its runs don't overlap.
        InvalidArgument: the expression or the timezone can't be used.
        PayloadError: a default of the payload doesn't fit.
    """
    label = workflow if isinstance(workflow, str) else workflow.workflow_name
    return reading.read_summary(
        manual_fire.fire_trigger(
            label, name, idempotency_key=idempotency_key, actor=actor, reason=check_text(reason, "reason")
        )
    )


achange_trigger = sync_to_async(change_trigger)
afire_trigger = sync_to_async(fire_trigger)
alist_triggers = sync_to_async(list_triggers)
arefresh_triggers = sync_to_async(refresh_triggers)
