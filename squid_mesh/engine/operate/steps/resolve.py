"""Resolving a step by hand: it did happen, with this output, or it failed for good."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pydantic_core
from django.db import transaction
from pydantic import ValidationError

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import ERROR, OK, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.values import signature as signatures
from squid_mesh.definitions.values.output import OutputError, dump_value
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.operate.locked_run import Scene
from squid_mesh.engine.operate.steps.end import end, memory_of
from squid_mesh.engine.operate.steps.reopen import follow_up, reopen
from squid_mesh.engine.settle import key_conflicts
from squid_mesh.engine.step_code import callable_at, output_of
from squid_mesh.exceptions import CodeUnavailable, InvalidArgument
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store import events
from squid_mesh.store.values import Json, StepRow


def resolve(
    run_id: UUID, step: str, *, visit: int | None, output: Any, outcome: str, actor: Actor, reason: str
) -> None:
    """End the step with that outcome and output, without running it. A run that failed is reopened.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the step is in another visit, executes, asks people, is over, or its run is ending or
            cancelled.
        InvalidArgument: the step can't end so, or the output isn't what it declares to return.
        CodeUnavailable: its code isn't there to say what it returns.
    """
    permission.check(Action.RESOLVE, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        possible, row = found.require_step(Action.RESOLVE, step, visit)
        if outcome not in possible.exits:
            raise InvalidArgument(
                f"Step {step} can't end {outcome!r}; it can: {', '.join(possible.exits)}.",
                argument="outcome",
                known=list(possible.exits),
            )
        stored = _output(found, row, output, outcome)
        found = reopen(found, actor)
        data = {"visit": row.visit, "was": row.status.value, "outcome": outcome}
        events.append(
            run_id, [event_by(actor, EventType.STEP_RESOLVED, step=step, comment=reason, data=data)], using
        )
        follow_up(found)
        if outcome == ERROR:
            error = {"type": "Resolved", "code": "resolved", "message": reason or "Resolved by hand."}
            end(found, row, StepStatus.FAILED, ERROR, error=error)
        else:
            end(found, row, StepStatus.COMPLETED, outcome, output=stored)


def _output(found: Scene, row: StepRow, output: Any, outcome: str) -> Json:
    step = found.blueprint.by_name[row.name]
    if outcome == ERROR:
        if output is not None:
            raise InvalidArgument("A step that failed has no output.", argument="output")
        return None
    stored = _validated(step, output, outcome)
    if step.checks_key_conflicts:
        others = [other for other in found.current if other.id != row.id]
        double = key_conflicts.double(step, stored, memory_of(found), others, found.using)
        if double is not None:
            raise InvalidArgument(key_conflicts.told(step, *double), argument="output")
    return stored


def _validated(step: StepBlueprint, output: Any, outcome: str) -> Json:
    """As the step's own return value is validated; one with a label of its own has no declared type."""
    try:
        shape = signatures.read_signature(callable_at(step.target))
        adapter = shape.returns if outcome == OK else None
        if adapter is not None:
            text = pydantic_core.to_json(dump_value(output))
            output = adapter.validate_json(text, by_alias=True, by_name=True)
        return output_of(step, output, adapter)
    except CodeMissing as error:
        raise CodeUnavailable(
            f"{error} Without it nobody knows what the step returns.", path=error.path
        ) from None
    except OutputError as error:
        raise InvalidArgument(str(error), argument="output") from None
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        told = {".".join(map(str, fault["loc"])) or "__all__": fault["msg"] for fault in faults}
        listed = "; ".join(f"{where}: {what}" for where, what in told.items())
        raise InvalidArgument(
            f"The output isn't what step {step.name} declares to return: {listed}",
            argument="output",
            errors=told,
        ) from None
