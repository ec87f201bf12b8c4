"""Entering a step's result by hand: it happened and had this output, or it failed permanently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.blueprint import ERROR, OK, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.values import signature as signatures
from squid_mesh.definitions.values.carried import find_carried
from squid_mesh.definitions.values.output import OutputError
from squid_mesh.definitions.values.returned import InvalidReturn, read_json
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import permission
from squid_mesh.engine.operate.locked_run import LockedRun, lock_run_and_steps
from squid_mesh.engine.operate.steps.ending import end_step, read_memory
from squid_mesh.engine.operate.steps.reopening import add_missed_steps, reopen_if_finished
from squid_mesh.engine.secret_paths import locate_secrets
from squid_mesh.engine.settle.key_conflicts import describe_key_conflict, find_key_conflict
from squid_mesh.engine.step_code import find_adapter, load_callable, read_output
from squid_mesh.exceptions import CodeUnavailable, InvalidArgument
from squid_mesh.lifecycle import EventType, StepStatus
from squid_mesh.store.events import append_events
from squid_mesh.store.values import Json, SecretPaths, StepRow


def resolve_step(
    run_id: UUID, step: str, *, visit: int | None, output: Any, outcome: str, actor: Actor, reason: str
) -> None:
    """End the step with that outcome and output, without running it. A failed run is reopened.

    Raises:
        NotPermitted, RunNotFound, StepNotFound
        IllegalAction: the step is in another visit, runs, asks people or has ended, or its run is ending or
            cancelled.
        InvalidArgument: the step has no such outcome, or the output isn't what it declares to return.
        CodeUnavailable: the step's code, which declares the output, isn't installed.
    """
    permission.check_action(Action.RESOLVE, actor)
    using = conf.database()
    with transaction.atomic(using=using):
        locked = lock_run_and_steps(run_id, using)
        legal, row = locked.require_on_step(Action.RESOLVE, step, visit)
        if outcome not in legal.exits:
            raise InvalidArgument(
                f"Step {step} can't end with outcome {outcome!r}; it can: {', '.join(legal.exits)}.",
                argument="outcome",
                known=list(legal.exits),
            )
        checked = _check_output(locked, row, output, outcome)
        locked = reopen_if_finished(locked, actor)
        data = {"visit": row.visit, "was": row.status.value, "outcome": outcome}
        append_events(
            run_id, [event_by(actor, EventType.STEP_RESOLVED, step=step, comment=reason, data=data)], using
        )
        add_missed_steps(locked)
        if outcome == ERROR:
            message = reason or "A person marked the step as failed."
            error = {"type": "Resolved", "code": "resolved", "message": message}
            end_step(locked, row, StepStatus.FAILED, ERROR, error=error)
        else:
            end_step(
                locked, row, StepStatus.COMPLETED, outcome, output=checked.output, secrets=checked.secrets
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class _CheckedOutput:
    """An output as it is stored, and the paths of the secrets in it."""

    output: Json = None
    secrets: SecretPaths = None


def _check_output(locked: LockedRun, row: StepRow, output: Any, outcome: str) -> _CheckedOutput:
    """Return the output as it is stored."""
    step = locked.blueprint.by_name[row.name]
    if outcome == ERROR:
        if output is not None:
            raise InvalidArgument("A failed step has no output.", argument="output")
        return _CheckedOutput()
    checked = _validate_output(step, output, outcome)
    if step.checks_key_conflicts:
        others = [other for other in locked.current if other.id != row.id]
        conflict = find_key_conflict(step, checked.output, read_memory(locked), others, locked.using)
        if conflict is not None:
            raise InvalidArgument(describe_key_conflict(step, conflict), argument="output")
    return checked


def _validate_output(step: StepBlueprint, output: Any, outcome: str) -> _CheckedOutput:
    """Validate it as the step's return value, and check its size.

    With a label of its own, only an ``Outcome[T]`` declares its type.
    """
    try:
        shape = signatures.read_signature(load_callable(step.target))
        adapter, annotation = find_adapter(shape, outcome, in_outcome=outcome != OK), shape.annotation
        conf.limits().of_output().check_depth(output)
        value = output if adapter is None else read_json(output, adapter, annotation)
        returned = read_output(step, value, adapter, annotation)
        conf.limits().of_output().check(returned.stored)
        secrets = locate_secrets(returned.stored, find_carried(output) | find_carried(returned.value))
        return _CheckedOutput(output=returned.stored, secrets=secrets)
    except CodeMissing as error:
        raise CodeUnavailable(
            f"{error} The code is needed to check the step's output.", path=error.path
        ) from None
    except InvalidReturn as error:
        listed = "; ".join(f"{path}: {message}" for path, message in error.errors.items())
        raise InvalidArgument(
            f"The output isn't what step {step.name} declares to return: {listed}",
            argument="output",
            errors=error.errors,
        ) from None
    except OutputError as error:
        raise InvalidArgument(str(error), argument="output") from None
