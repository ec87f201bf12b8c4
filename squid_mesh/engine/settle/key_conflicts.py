"""Two parallel steps that write the same key: found at run time if the definition didn't show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from squid_mesh.definitions.blueprint import ERROR, StepBlueprint
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.lifecycle import AttemptOutcome, StepStatus
from squid_mesh.store.steps import read_outputs
from squid_mesh.store.values import Claim, Json, StepChange, StepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyConflict:
    """A parallel step, and the keys that it has written too."""

    rival: str
    keys: tuple[str, ...]


def refuse_key_conflict(
    change: StepChange, memory: RunMemory, claim: Claim, others: Sequence[StepRow], using: str
) -> StepChange:
    """Return the change, or a failure that names the key if a parallel step has already written it.

    The caller holds the run's lock, so that the second of two such steps sees the first.
    """
    step = memory.blueprint.by_name[claim.name]
    if change.status is not StepStatus.COMPLETED or not step.checks_key_conflicts:
        return change
    found = find_key_conflict(step, change.output, memory, others, using)
    return change if found is None else _failed_by(change, step, found)


def find_key_conflict(
    step: StepBlueprint, output: Json, memory: RunMemory, others: Sequence[StepRow], using: str
) -> KeyConflict | None:
    """Return the first parallel step that has written one of the keys of the output, if there is one."""
    mine = _keys(step, output)
    related = {*memory.blueprint.ancestors[step.name], step.name}
    rivals = [
        row.name
        for row in others
        if row.status is StepStatus.COMPLETED
        and row.name not in related
        and step.name not in memory.blueprint.ancestors[row.name]
    ]
    for name, rival in read_outputs(memory.head.id, rivals, using).items():
        same = sorted(mine & _keys(memory.blueprint.by_name[name], rival.output))
        if same:
            return KeyConflict(rival=name, keys=tuple(same))
    return None


def describe_key_conflict(step: StepBlueprint, conflict: KeyConflict) -> str:
    """Return the conflict and its fix as a sentence."""
    return (
        f"Steps {step.name} and {conflict.rival} run in parallel and both write {', '.join(conflict.keys)}: "
        "give one of them output='…'."
    )


def _keys(step: StepBlueprint, output: Json) -> set[str]:
    if step.output is not None:
        return {step.output}
    return set(output) if isinstance(output, dict) else set()


def _failed_by(change: StepChange, step: StepBlueprint, conflict: KeyConflict) -> StepChange:
    error: Json = {
        "type": "KeyConflict",
        "code": "key_conflict",
        "message": describe_key_conflict(step, conflict),
    }
    return replace(
        change,
        status=StepStatus.FAILED,
        outcome=ERROR,
        output=None,
        error=error,
        failures=change.failures + 1,
        attempt_outcome=AttemptOutcome.FAILED,
        attempt_error=error,
    )
