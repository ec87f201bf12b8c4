"""What a worker knows about a run: its definition, and the steps that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Any

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.graph.ended import has_ended, taken_label
from squid_mesh.graph.state import merge_outputs
from squid_mesh.lifecycle import StepStatus
from squid_mesh.store.definitions import read_blueprint
from squid_mesh.store.steps import read_outputs
from squid_mesh.store.values import Json, RunHead


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
    _rows: dict[str, int | None] = field(default_factory=dict)
    _whole: bool = False

    @classmethod
    def open(cls, head: RunHead, using: str) -> RunMemory:
        """A memory that knows of no step yet."""
        return cls(head, read_blueprint(head.fingerprint, using))

    def prepare(self, step: str, using: str) -> None:
        """Read what the step needs and isn't known yet."""
        if self.blueprint.is_sequential:
            if not self._whole and self.blueprint.incoming[step]:
                self._learn(self.blueprint.by_name, using)
            self._whole = True
        else:
            self._learn([n for n in self.blueprint.ancestors[step] if n not in self.labels], using)

    def _learn(self, names: Iterable[str], using: str) -> None:
        wanted = list(names)
        if not wanted:
            return
        found = read_outputs(self.head.id, wanted, using)
        for name, step in found.items():
            if has_ended(step.status):
                label = taken_label(step.status, step.outcome)
                self.ended(name, step.status, label, step.output, step.id)

    def ended(
        self, step: str, status: StepStatus, label: str | None, output: Json = None, row: int | None = None
    ) -> None:
        """Remember how a step ended. A visit that is over never changes, but another may follow.

        Only what completed has an output: one that was bypassed leaves the state as it was.
        """
        self.labels[step] = label
        self._rows[step] = row
        self.outputs.pop(step, None)
        if status is StepStatus.COMPLETED:
            self.outputs[step] = output

    def keep(self, current: Set[int]) -> None:
        """Forget what isn't among those rows: somebody has taken it back since it was read.

        What the claimed step sees can't be stale while the claim holds, since whoever takes back a step takes
        back all that follows it. What the next one sees can.
        """
        for name in [name for name, row in self._rows.items() if row not in current]:
            del self._rows[name], self.labels[name]
            self.outputs.pop(name, None)
            self._whole = False

    def state_for(self, step: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The state that the step sees, and each earlier step's own output by name."""
        known = [name for name in self.blueprint.ancestors[step] if name in self.outputs]
        results = {name: self.outputs[name] for name in known}
        return merge_outputs(self.blueprint, self.head.payload, results.items()), results
