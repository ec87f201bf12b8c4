"""What looks at runs, triggers and clusters, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from squid_mesh.api.ids import checked_id
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.inspection import clusters, cron_triggers
from squid_mesh.inspection.diagram import formats
from squid_mesh.inspection.explain.explain import explain
from squid_mesh.inspection.explain.explanation import Explanation
from squid_mesh.inspection.runs import listing, read
from squid_mesh.inspection.snapshots.runs import ClusterSnapshot, Page, RunSnapshot, TriggerSnapshot


def inspect_run(run_id: UUID | str, *, history: bool = False, recent: int | None = None) -> RunSnapshot:
    """All about a run: payload, state and every step; with ``history`` its attempts and audit events too.

    ``recent`` leaves of these the last so many events, and attempts of each visit of a step. Secrets are
    masked. Raises RunNotFound, or InvalidArgument where the id is no UUID.
    """
    return read.snapshot(checked_id(run_id), history=history, recent=recent)


def list_runs(
    *,
    workflow: type[Workflow] | str | None = None,
    status: str | None = None,
    trigger: str | None = None,
    subject: Model | None = None,
    tag: str | Iterable[str] = (),
    search: str = "",
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Runs, the newest first. ``search`` finds an id, an idempotency key or a subject's id.

    ``tag`` is a tag of theirs, or several, all of which they have.

    ``after`` is the ``next`` of the page before. Raises InvalidArgument, WorkflowNotFound.
    """
    return listing.list_runs(
        workflow=workflow,
        status=status,
        trigger=trigger,
        subject=subject,
        tag=tag,
        search=search,
        limit=limit,
        after=after,
    )


def list_triggers() -> tuple[TriggerSnapshot, ...]:
    """Every cron trigger: those of the code and those that only have a row, by workflow and name."""
    return cron_triggers.list_triggers()


def list_clusters() -> tuple[ClusterSnapshot, ...]:
    """Every cluster that executes workflows, the one seen last first; those that were killed, for a day."""
    return clusters.list_clusters()


def explain_run(run_id: UUID | str, *, user: AbstractBaseUser | AnonymousUser | None = None) -> Explanation:
    """Why the run is where it is, what happens next by itself, and what people may do now.

    With a ``user`` each next action says whether that user may do it. Secrets are masked. Raises RunNotFound,
    or InvalidArgument where the id is no UUID.
    """
    return explain(checked_id(run_id), user=user)


def explanation_schema() -> dict[str, Any]:
    """The JSON schema of an explanation as JSON, which ``docs/explanation.schema.json`` publishes."""
    return Explanation.model_json_schema(mode="serialization")


def draw_run(run: RunSnapshot | UUID | str, *, format: str = "svg") -> str:
    """The graph that a run executes, each step with its status: as ``svg``, ``dot`` or ``mermaid``.

    ``run`` is an id, or the snapshot of a run, which then isn't read again. The SVG may stand inline in a
    page, which then needs ``squid_mesh/diagram.css`` for its colours; each step links to ``#step-<name>``.
    Raises RunNotFound, or InvalidArgument for another format or an id that is no UUID.
    """
    if isinstance(run, RunSnapshot):
        return formats.draw_snapshot(run, format=format)
    return formats.draw_run(checked_id(run), format=format)


def draw_workflow(workflow: type[Workflow] | str, *, format: str = "svg") -> str:
    """The graph of a workflow as its class says now, in the same formats.

    Raises:
        WorkflowNotFound: there is none of that name.
        DefinitionError: it has problems.
        InvalidArgument: the format is another.
    """
    return formats.draw_workflow(workflow, format=format)


adraw_run = sync_to_async(draw_run)
adraw_workflow = sync_to_async(draw_workflow)
aexplain_run = sync_to_async(explain_run)
ainspect_run = sync_to_async(inspect_run)
alist_clusters = sync_to_async(list_clusters)
alist_runs = sync_to_async(list_runs)
alist_triggers = sync_to_async(list_triggers)
