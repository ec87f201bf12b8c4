"""Cron triggers: their rows compared with what the code declares."""

from __future__ import annotations

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import TriggerBlueprint
from squid_mesh.exceptions import TriggerNotFound
from squid_mesh.inspection.snapshots.runs import TriggerSnapshot
from squid_mesh.models import Trigger

NOT_SYNCHRONISED = "declared in the code but not in the database"
NOT_DECLARED = "in the database but not declared in the code"


def list_triggers() -> tuple[TriggerSnapshot, ...]:
    """Return every trigger of the code and of the database, by workflow and name. One query."""
    code = {
        (cls.workflow_name, trigger.name): trigger
        for cls in registry.list_workflows()
        for trigger in cls.blueprint.triggers
        if trigger.kind == "cron"
    }
    rows = {(row.workflow, row.name): row for row in Trigger.objects.using(conf.database())}
    return tuple(
        _recorded(rows[key], code.get(key)) if key in rows else _only_declared(key[0], code[key])
        for key in sorted({*code, *rows})
    )


def read_trigger(workflow: str, name: str) -> TriggerSnapshot:
    """Return one trigger.

    Raises:
        TriggerNotFound: neither code nor database has it.
    """
    found = [t for t in list_triggers() if (t.workflow, t.name) == (workflow, name)]
    if not found:
        raise TriggerNotFound(
            f"Workflow {workflow} has no cron trigger {name!r}.", workflow=workflow, trigger=name
        )
    return found[0]


def _only_declared(workflow: str, code: TriggerBlueprint) -> TriggerSnapshot:
    return TriggerSnapshot(
        workflow=workflow,
        name=code.name,
        expression=code.cron or "",
        timezone=code.timezone or "",
        catch_up=code.catch_up or "",
        overlap=code.overlap or "",
        enabled=True,
        drift=NOT_SYNCHRONISED,
    )


def _recorded(row: Trigger, code: TriggerBlueprint | None) -> TriggerSnapshot:
    return TriggerSnapshot(
        workflow=row.workflow,
        name=row.name,
        expression=row.effective_expression,
        timezone=row.effective_timezone,
        catch_up=row.catch_up,
        overlap=row.overlap,
        enabled=row.enabled,
        declared=code is not None,
        overridden=bool(row.expression_override or row.timezone_override),
        drift=_drift(row, code),
        next_time=row.next_time,
        last_time=row.last_time,
        last_fired_at=row.last_fired_at,
        last_run=row.last_run_id,
        skipped_time=row.skipped_time,
        skip_reason=row.skip_reason,
        error=row.error,
        changed_by=row.changed_by_text,
        changed_at=row.changed_at,
    )


def _drift(row: Trigger, code: TriggerBlueprint | None) -> str:
    """Return how code and row differ; empty if they agree, also that the trigger was removed."""
    if code is None:
        return NOT_DECLARED if row.declared else ""
    if not row.declared:
        return NOT_SYNCHRONISED
    pairs = {
        "expression": (row.expression, code.cron),
        "timezone": (row.timezone, code.timezone),
        "catch_up": (row.catch_up, code.catch_up),
        "overlap": (row.overlap, code.overlap),
    }
    differences = [
        f"{name} {was!r} in the database, {now!r} in the code"
        for name, (was, now) in pairs.items()
        if was != now
    ]
    return "; ".join(differences)
