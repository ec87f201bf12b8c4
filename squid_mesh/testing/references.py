"""References in tests: a step as an attribute of its workflow, a run by its ID or its snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from squid_mesh import api
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.inspection.snapshots.runs import RunSnapshot, RunSummary
from squid_mesh.testing.errors import NotAStep

#: A run, as the functions of the API return it, or its id.
Run = RunSummary | UUID | str


@dataclass(frozen=True, slots=True)
class StepReference:
    """A step, and the names of the workflows that have it: a subclass has the steps of its base."""

    name: str
    target: Any
    workflows: frozenset[str]

    def covers(self, workflow: str, step: str) -> bool:
        """Return whether that step of a run of that workflow is this one."""
        return step == self.name and workflow in self.workflows


def find_step(reference: Any) -> StepReference:
    """Return the step that ``Flow.charge`` refers to.

    Raises:
        NotAStep: the reference isn't a step, or belongs to no installed workflow.
    """
    if not isinstance(reference, StepDeclaration):
        steps = [f"{cls.__name__}.{name}" for cls, name, step in _list_steps() if step.target is reference]
        hint = f" It is the code of {' and '.join(sorted(steps))}." if steps else ""
        raise NotAStep(reference, f"is not a step. Pass the attribute of the workflow, as Flow.charge.{hint}")
    found = [(cls.workflow_name, name) for cls, name, step in _list_steps() if step is reference]
    if not found:
        raise NotAStep(reference, "belongs to no installed workflow. Define the workflow at a module's top.")
    return StepReference(
        name=found[0][1],
        target=reference.target,
        workflows=frozenset(workflow for workflow, _ in found),
    )


def find_code(reference: Any) -> StepReference:
    """Return the same as :func:`find_step`, for a step whose code a test can replace.

    Raises:
        NotAStep: the reference isn't a step, or is a built-in one.
    """
    step = find_step(reference)
    if reference.is_builtin:
        raise NotAStep(
            reference,
            "is built in and has no code of your own. Call advance() for a wait, decide() for an approval, "
            "and api.unblock_run() for a pause.",
        )
    return step


def _list_steps() -> list[tuple[Any, str, StepDeclaration]]:
    found = []
    for cls in registry.list_workflows():
        for name in cls.blueprint.by_name:
            step = getattr(cls, name, None)
            if isinstance(step, StepDeclaration):
                found.append((cls, name, step))
    return found


def read_run(run: Run) -> RunSnapshot:
    """Return the run as it is now, with its history."""
    return api.inspect_run(run.id if isinstance(run, RunSummary) else run, history=True)
