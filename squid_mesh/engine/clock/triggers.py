"""The rows of cron triggers: kept in step with the code, and changed by operators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.cron import Cron, find_expression_error, find_timezone_error
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.engine.actor import Actor, describe_actor
from squid_mesh.engine.clock.due_triggers import CronTime
from squid_mesh.engine.clock.next_times import set_next_time
from squid_mesh.engine.operate import permission
from squid_mesh.exceptions import InvalidArgument, TriggerNotFound
from squid_mesh.models import Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.store.triggers import (
    DeclaredTrigger,
    add_triggers,
    change_trigger,
    lock_all_triggers,
    lock_trigger,
)


def list_declared_triggers() -> dict[tuple[str, str], DeclaredTrigger]:
    """Return every cron trigger of the code, by workflow and name."""
    return {
        (cls.workflow_name, trigger.name): DeclaredTrigger(
            workflow=cls.workflow_name,
            name=trigger.name,
            expression=trigger.cron or "",
            timezone=trigger.timezone or "",
            catch_up=trigger.catch_up or "",
            overlap=trigger.overlap or "",
        )
        for cls in registry.list_workflows()
        for trigger in cls.blueprint.triggers
        if trigger.kind == "cron"
    }


def sync_triggers(cron_time: CronTime = lambda now: now) -> int:
    """Update the rows from the code; return how many were added or changed.

    A new trigger, or one whose expression or timezone has changed, fires first at its next scheduled time. A
    trigger that is no longer in the code stays as history and doesn't fire. What operators set stays.
    """
    using = conf.database()
    code = list_declared_triggers()
    with transaction.atomic(using=using):
        rows = lock_all_triggers(using)
        now = cron_time(database_time(using))
        known = {(row.workflow, row.name) for row in rows}
        new = [trigger for key, trigger in code.items() if key not in known]
        add_triggers([(t, Cron(t.expression, t.timezone).after(now)) for t in new], now, using)
        changed = [_update_row(row, code.get((row.workflow, row.name)), now, using) for row in rows]
    return len(new) + sum(changed)


def _update_row(row: Trigger, code: DeclaredTrigger | None, now: datetime, using: str) -> bool:
    if code is None:
        if row.declared:
            change_trigger(row, using, declared=False, next_time=None, due_at=None)
            return True
        return False
    before = {name: getattr(row, name) for name in code.columns}
    if row.declared and before == code.columns:
        return False
    was = (row.declared, row.effective_expression, row.effective_timezone)
    change_trigger(row, using, declared=True, **code.columns)
    if was != (True, row.effective_expression, row.effective_timezone):
        set_next_time(row, now, using)
    return True


def edit_trigger(
    workflow: str,
    name: str,
    *,
    enabled: bool | None,
    expression: str | None,
    timezone: str | None,
    actor: Actor,
) -> None:
    """Enable or disable a trigger, or override its expression or timezone; ``""`` removes the override.

    Raises:
        NotPermitted: the actor is a user without the permission ``change_trigger``.
        TriggerNotFound: the trigger has no row.
        InvalidArgument: the expression or the timezone is invalid.
    """
    permission.check_trigger(actor)
    _check_schedule(expression, timezone)
    using = conf.database()
    with transaction.atomic(using=using):
        row = get_locked_trigger(workflow, name, using)
        wanted: dict[str, Any] = {
            "enabled": enabled,
            "expression_override": expression,
            "timezone_override": timezone,
        }
        changed = {k: v for k, v in wanted.items() if v is not None and v != getattr(row, k)}
        if not changed:
            return
        now = database_time(using)
        by = describe_actor(actor)
        changed_by = {"changed_by_key": by.key, "changed_by_text": by.text, "changed_at": now}
        change_trigger(row, using, **changed, **changed_by)
        set_next_time(row, now, using)


def get_locked_trigger(workflow: str, name: str, using: str) -> Trigger:
    """Return the trigger's row, locked until the transaction ends. Raises TriggerNotFound."""
    row = lock_trigger(workflow, name, using) if is_storable(workflow, name) else None
    if row is None:
        raise TriggerNotFound(
            f"Trigger {name!r} of workflow {workflow} has no row: synchronise the triggers.",
            workflow=workflow,
            trigger=name,
        )
    return row


def _check_schedule(expression: str | None, timezone: str | None) -> None:
    error = find_expression_error(expression) if expression else None
    if error:
        raise InvalidArgument(f"The expression {expression!r} {error}.", argument="expression")
    hint = find_timezone_error(timezone) if timezone else None
    if hint:
        raise InvalidArgument(f"There is no timezone {timezone!r}{hint}.", argument="timezone")
