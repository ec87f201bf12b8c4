"""The values of requests and responses that are no snapshots."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from squid_mesh import api
from squid_mesh.actions import Action


class RunList(BaseModel):
    """A page of runs, the newest first. ``next`` is the next page's URL; ``count`` is there if asked for."""

    results: tuple[api.RunSummary, ...]
    next: str | None
    count: api.Count | None = None


class WorkflowList(BaseModel):
    """All workflows, by name. Their counts cover each one's latest 100 runs."""

    results: tuple[api.WorkflowSummary, ...]


class EventList(BaseModel):
    """A page of a run's history, the newest first."""

    results: tuple[api.EventSnapshot, ...]
    next: str | None


class AttemptList(BaseModel):
    """A page of the attempts at one visit of a step, the newest first."""

    results: tuple[api.AttemptSnapshot, ...]
    next: str | None


class StoredValue(BaseModel):
    """One value of a run, whole. Secrets are masked."""

    value: Any


class GraphNode(BaseModel):
    """A step, the start or an end. ``status`` is None in the graph of a workflow."""

    id: str
    name: str
    description: str
    shape: str
    marks: list[dict[str, str]]
    status: str | None
    lines: list[str]
    badge: str


class GraphEdge(BaseModel):
    """An edge from node to node. ``back``: it is a rewind. ``progress``: whether the run has taken it."""

    source: str
    target: str
    description: str
    label: str
    outcomes: list[str]
    recovery: str
    error: bool
    back: bool
    progress: str


class Graph(BaseModel):
    """The graph of a workflow or a run."""

    title: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]


class OfferedAction(BaseModel):
    """An action that is legal now and that the user may perform, by a POST of ``body_schema`` to ``url``."""

    action: Action
    label: str
    step: str
    visit: int | None
    exits: tuple[str, ...]
    irreversible: tuple[str, ...]
    url: str
    body_schema: dict[str, Any] = Field(description="The JSON schema of the body.")


class ActionList(BaseModel):
    """What the user may do to a run now."""

    results: tuple[OfferedAction, ...]
