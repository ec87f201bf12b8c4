"""The values of workflows, JSON-ready by ``model_dump(mode="json")``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from squid_mesh.definitions.blueprint import Edge, StepBlueprint, TriggerBlueprint
from squid_mesh.inspection.snapshots.runs import RunSummary


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class RecentRuns(_Value):
    """The statuses of a workflow's newest runs. ``examined`` is how many were counted, ``last`` the newest.

    ``failure_rate`` is failed / (completed + failed); None if there are none.
    """

    examined: int
    by_status: dict[str, int]
    failure_rate: float | None
    last: RunSummary | None


class WorkflowSummary(_Value):
    """A workflow in a list. One that isn't ``installed`` is known only from its stored runs.

    ``doc`` is the docstring of its class, ``recent`` counts its newest runs.
    """

    name: str
    doc: str
    installed: bool
    triggers: tuple[TriggerBlueprint, ...]
    recent: RecentRuns


class DefinitionSnapshot(_Value):
    """A definition of stored runs. ``current``: it is that of the installed workflow."""

    fingerprint: str
    created_at: datetime
    current: bool


class WorkflowSnapshot(WorkflowSummary):
    """A workflow in full, its steps in the graph's order.

    ``payload_schemas`` are JSON schemas by trigger, None for a model that has none. ``definitions`` are the
    newest it was run with, ``runs`` its newest runs. ``fingerprint`` is that of the installed code,
    or else of the newest definition. ``steps`` and ``edges`` are empty if this version can't read any of its
    definitions.
    """

    fingerprint: str
    steps: tuple[StepBlueprint, ...]
    edges: tuple[Edge, ...]
    payload_schemas: dict[str, dict[str, Any] | None]
    definitions: tuple[DefinitionSnapshot, ...]
    runs: tuple[RunSummary, ...]
