"""Going back: a step and all that follows it get a new visit, and what they did becomes history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from uuid import UUID

from squid_mesh.actions import fails_run, list_downstream, list_irreversible
from squid_mesh.definitions.blueprint import Blueprint, Edge
from squid_mesh.engine import announce
from squid_mesh.engine.advance import Reached, catch_up
from squid_mesh.engine.run_memory import label_of
from squid_mesh.lifecycle import AttemptOutcome, StepStatus, move_step
from squid_mesh.models import Run
from squid_mesh.store import portable, rows, visits
from squid_mesh.store.values import StepRow


def labels_of(blueprint: Blueprint, steps: Iterable[StepRow]) -> tuple[dict[str, str | None], list[StepRow]]:
    """The labels of the steps that are over, and the steps that fail the run.

    The latter have no label: until a person has dealt with them nothing follows from them.
    """
    labels: dict[str, str | None] = {}
    culprits: list[StepRow] = []
    for step in steps:
        over, label = label_of(step.status, step.outcome)
        if over and fails_run(blueprint, step.name, label):
            culprits.append(step)
        elif over:
            labels[step.name] = label
    return labels, culprits


def by_route(
    edge: Edge, blueprint: Blueprint, source: StepRow, others: Sequence[StepRow], last: int
) -> Reached:
    """What a way back brings: where it leads to, or the run's failure.

    ``source`` is the step as it has just ended, ``last`` the last visit of the target. A route never repeats
    what can't be undone, for nobody has allowed it.
    """
    back = list_downstream(blueprint, edge.target)
    again = list_irreversible([step for step in (*others, source) if step.name in back], blueprint)
    told = f"Step {source.name} ended {source.outcome!r}, which goes back to {edge.target}"
    if edge.max_visits is not None and last >= edge.max_visits:
        message = f"{told}, but {edge.target} has had its {last} visits."
        return Reached(failed=True, cause={"type": "Rewind", "code": "max_visits", "message": message})
    if again:
        message = f"{told}, but that would repeat what can't be undone: {', '.join(again)}."
        cause = {"type": "Rewind", "code": "irreversible_steps", "message": message, "steps": list(again)}
        return Reached(failed=True, cause=cause)
    return to(edge.target, blueprint, others)


def to(target: str, blueprint: Blueprint, steps: Iterable[StepRow]) -> Reached:
    """What going back to a step brings: it is ready, and so are joins that another way is enough for."""
    back = list_downstream(blueprint, target)
    kept = [step for step in steps if step.name not in back]
    labels, _ = labels_of(blueprint, kept)
    reached = catch_up(blueprint, labels, {target, *(step.name for step in kept)})
    return replace(reached, ready=(target, *reached.ready), taken_back=back)


def take_back(run: Run, names: Sequence[str], settling: Set[int], why: str, using: str) -> None:
    """Make the current visits of those steps history; those that are open are cancelled.

    The rows in ``settling`` are left to whoever settles them, but for being history. A worker that holds one
    of the others has lost it: its attempt is recorded as interrupted, its settle will be refused.
    """
    for step in visits.take_back(run.pk, names, settling, using):
        before = StepStatus(step.status)
        if before is StepStatus.RUNNING:
            error = {"type": "Rewind", "code": "taken_back", "message": why}
            portable.add_attempt(rows.lost_claim(step), AttemptOutcome.INTERRUPTED, error, using)
        _announce(run.pk, run.workflow, step.name, step.visit, before, using)


def _announce(run_id: UUID, workflow: str, name: str, visit: int, before: StepStatus, using: str) -> None:
    after = move_step(before, StepStatus.CANCELLED)
    announce.step_moved(run_id, workflow, name, before, after, using, visit=visit)
