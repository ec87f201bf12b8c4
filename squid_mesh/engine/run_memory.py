"""What a worker keeps of a run between steps: its definition, and the steps that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.values.paths import Path, parse_paths
from squid_mesh.graph.ended import has_ended, taken_label
from squid_mesh.graph.state import merge_outputs, merge_secrets
from squid_mesh.lifecycle import StepStatus, StoredStepStatus
from squid_mesh.models.stored_json import why_unreadable
from squid_mesh.store.definitions import read_blueprint_with
from squid_mesh.store.steps import read_outputs
from squid_mesh.store.values import Claim, Json, RunHead, SecretPaths, StepChange


class VisibleState(NamedTuple):
    """What a step sees: the state, and the output of each earlier step by name."""

    state: dict[str, Any]
    outputs: Mapping[str, Any]


@dataclass(slots=True)
class RunMemory:
    """A run in a worker's memory.

    A step sees the payload and the outputs of its *ancestors* in the graph, in topological order, and nothing
    else. So what it sees doesn't depend on how fast parallel branches are, and a worker that goes on along a
    branch needs to read nothing again.
    """

    head: RunHead
    blueprint: Blueprint
    labels: dict[str, str | None] = field(default_factory=dict)
    outputs: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, SecretPaths] = field(default_factory=dict)
    _rows: dict[str, int | None] = field(default_factory=dict)
    _unreadable: dict[str, str] = field(default_factory=dict)
    _complete: bool = False

    @classmethod
    def open(cls, head: RunHead, using: str, *, step: str | None = None) -> RunMemory:
        """Return a memory that knows of no step's end yet. ``step`` is the one to execute.

        Raises:
            UnreadableDefinition: this version can't read the run's definition, or it has no such step.
        """
        return cls(head, read_blueprint_with(step, head.fingerprint, using))

    def load_ancestors(self, step: str, using: str) -> None:
        """Read the ends of the step's ancestors that the memory doesn't have."""
        if self.blueprint.is_sequential:
            if not self._complete and self.blueprint.incoming[step]:
                self._load(self.blueprint.by_name, using)
            self._complete = True
        else:
            self._load([n for n in self.blueprint.ancestors[step] if n not in self.labels], using)

    def _load(self, names: Iterable[str], using: str) -> None:
        wanted = list(names)
        if not wanted:
            return
        for name, step in read_outputs(self.head.id, wanted, using).items():
            if has_ended(step.status):
                label = taken_label(step.status, step.outcome)
                self.remember_end(name, step.status, label, step.output, step.id, step.secrets)

    def remember_change(self, claim: Claim, change: StepChange) -> None:
        """Remember how the claimed step ended, if it did."""
        if has_ended(change.status):
            label = taken_label(change.status, change.outcome)
            self.remember_end(claim.name, change.status, label, change.output, claim.step_id, change.secrets)

    def remember_end(
        self,
        step: str,
        status: StoredStepStatus,
        label: str | None,
        output: Json = None,
        row: int | None = None,
        secrets: SecretPaths = None,
    ) -> None:
        """Remember how a step ended. A visit that has ended never changes, but another may follow.

        Only a completed step has an output; a bypassed one leaves the state as it was.
        """
        self.labels[step] = label
        self._rows[step] = row
        self.outputs.pop(step, None)
        self._unreadable.pop(step, None)
        problem = why_unreadable(output)
        if problem is not None:
            self._unreadable[step] = problem
        if status is StepStatus.COMPLETED:
            self.outputs[step] = output
            self.secrets[step] = secrets

    def forget_history(self, current: Set[int]) -> None:
        """Forget the ends whose rows are not among those current ones: a person has taken them back.

        What the claimed step sees can't be stale while the claim holds: taking a step back takes back all
        steps downstream, too. What the next step sees can.
        """
        for name in [name for name, row in self._rows.items() if row not in current]:
            del self._rows[name], self.labels[name]
            self.outputs.pop(name, None)
            self._unreadable.pop(name, None)
            self._complete = False

    def state_for(self, step: str) -> VisibleState:
        """Return what the step sees."""
        known = [name for name in self.blueprint.ancestors[step] if name in self.outputs]
        outputs = {name: self.outputs[name] for name in known}
        state = merge_outputs(self.blueprint, self.head.payload, outputs.items())
        return VisibleState(state=state, outputs=outputs)

    def list_unreadable_outputs(self, step: str) -> list[tuple[int | None, str]]:
        """Return the rows of the step's ancestors whose outputs can't be read, and why."""
        if not self._unreadable:
            return []
        ancestors = self.blueprint.ancestors[step]
        return [(self._rows.get(name), why) for name, why in self._unreadable.items() if name in ancestors]

    def list_secrets_for(self, step: str) -> list[tuple[Json, list[Path]]]:
        """Return the values that the step sees and that hold secrets, each with the paths of these."""
        trigger = self.blueprint.trigger(self.head.trigger)
        found: list[tuple[Json, list[Path]]] = []
        declared = trigger.secrets if trigger else ()
        if declared or self.head.secrets:
            found.append((dict(self.head.payload), parse_paths([*declared, *(self.head.secrets or ())])))
        for name in self.blueprint.ancestors[step]:
            declared, recorded = self.blueprint.by_name[name].secrets, self.secrets.get(name)
            if name in self.outputs and (declared or recorded):
                found.append((self.outputs[name], parse_paths([*declared, *(recorded or ())])))
        return found

    def list_state_secrets(self, step: str) -> list[Path]:
        """Return the paths of the secrets in the state that the step sees."""
        ended = {name: self.secrets.get(name) for name in self.blueprint.ancestors[step]}
        return merge_secrets(self.blueprint, self.head.trigger, self.head.secrets, ended.items())
