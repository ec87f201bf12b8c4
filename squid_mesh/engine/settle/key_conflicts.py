"""Two parallel steps that write one key: seen at run time where the definition couldn't tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from squid_mesh.definitions.blueprint import ERROR, StepBlueprint
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.lifecycle import AttemptOutcome, StepStatus
from squid_mesh.store.steps import read_outputs
from squid_mesh.store.values import Claim, Json, StepChange, StepRow


def checked(
    change: StepChange, memory: RunMemory, claim: Claim, others: Sequence[StepRow], using: str
) -> StepChange:
    """The change, or a failure that names the key where a parallel step has already written it.

    The run's lock is held, so that of two such steps the second sees the first.
    """
    step = memory.blueprint.by_name[claim.name]
    if change.status is not StepStatus.COMPLETED or not step.checks_key_conflicts:
        return change
    found = double(step, change.output, memory, others, using)
    return change if found is None else _refused(change, step, *found)


def double(
    step: StepBlueprint, output: Json, memory: RunMemory, others: Sequence[StepRow], using: str
) -> tuple[str, list[str]] | None:
    """A parallel step that has written the same keys, and which."""
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
            return name, same
    return None


def told(step: StepBlueprint, rival: str, keys: Sequence[str]) -> str:
    """The clash as a sentence, with its mend."""
    return (
        f"Steps {step.name} and {rival} run in parallel and both write {', '.join(keys)}: "
        "give one of them output='…'."
    )


def _keys(step: StepBlueprint, output: Json) -> set[str]:
    if step.output is not None:
        return {step.output}
    return set(output) if isinstance(output, dict) else set()


def _refused(change: StepChange, step: StepBlueprint, rival: str, keys: Sequence[str]) -> StepChange:
    error: Json = {"type": "OutputClash", "code": "output_clash", "message": told(step, rival, keys)}
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
