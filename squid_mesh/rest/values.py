"""The values of requests and responses that aren't snapshots."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from squid_mesh import api
from squid_mesh.rest.base.parameters import Time
from squid_mesh.rest.base.requests import Body


class RunList(BaseModel):
    """A page of runs, the newest first. ``next`` is the next page's URL; ``count`` is set if requested."""

    results: tuple[api.RunSummary, ...]
    next: str | None
    count: api.Count | None = None


class WorkflowList(BaseModel):
    """All workflows, by name. Their counts cover each one's latest 100 runs."""

    results: tuple[api.WorkflowSummary, ...]


class StartBody(Body):
    """What to start a run with."""

    payload: dict[str, Any] | None = Field(
        default=None, description="The run's data; the JSON schema of the trigger's payload describes it."
    )
    trigger: str | None = Field(default=None, description="May be left out if the workflow has one trigger.")
    tags: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(default=[], max_length=20)
    start_at: Time | None = Field(
        default=None, description="The run is pending until then. A time in the past means now."
    )


class Started(api.StartedRun):
    """The run. ``existed`` is true if an earlier request with the same idempotency key started it.

    ``state`` has its payload and outputs if the request waited and the run has finished. Secrets are masked.
    """

    state: dict[str, Any] | None = None


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
    """An edge between two nodes. ``back``: it is a rewind. ``progress``: whether the run has taken it."""

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


class InboxItem(api.WaitingStep):
    """A step that waits for the user. ``url`` lists the actions with their schemas."""

    url: str


class Inbox(BaseModel):
    """A page of an inbox. ``examined`` is how many waiting steps were checked for it, the user's and others'.

    It is None for users who may not view runs.
    """

    results: tuple[InboxItem, ...]
    next: str | None
    examined: int | None
    unreadable: tuple[api.UnreadableStep, ...]


class TriggerList(BaseModel):
    """All cron triggers, by workflow and name."""

    results: tuple[api.TriggerSnapshot, ...]


class ChangeTriggerBody(Body):
    """What to change. A field that is left out or null stays as it is."""

    enabled: bool | None = None
    expression: str | None = None
    timezone: str | None = None


class FireTriggerBody(Body):
    """Why the user fires the trigger."""

    reason: str = ""


class Fired(BaseModel):
    """The run that was started; ``run`` is None for users who may not view runs."""

    run_id: UUID
    run: api.RunSummary | None


class ClusterList(BaseModel):
    """All worker clusters, the one seen last first."""

    results: tuple[api.ClusterSnapshot, ...]


class Liveness(BaseModel):
    """This process responds."""

    live: bool
