"""Reading runs: their data, history, explanation and picture. Secrets are masked; nothing is written."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from squid_mesh.api.arguments import check_arguments, check_run_id
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.diagram import formats
from squid_mesh.inspection.explain.explain import explain
from squid_mesh.inspection.explain.explanation import Explanation, Offered
from squid_mesh.inspection.runs import available_actions, by_payload, histories, listing, reading
from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, EventSnapshot, Page, RunSnapshot

__all__ = [
    "adraw_run",
    "aexplain_run",
    "afind_runs_by_payload",
    "ainspect_run",
    "alist_attempts",
    "alist_available_actions",
    "alist_events",
    "alist_runs",
    "draw_run",
    "explain_run",
    "find_runs_by_payload",
    "inspect_run",
    "list_attempts",
    "list_available_actions",
    "list_events",
    "list_runs",
    "read_explanation_schema",
]


@check_arguments
def inspect_run(run_id: UUID | str, *, history: bool = False, recent: int | None = None) -> RunSnapshot:
    """Return everything about a run: payload, state and every step.

    With ``history`` it has the audit events, and the attempts of each step, too. ``recent`` limits them to
    that many of the latest events, and of the latest attempts of each visit.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID, or ``recent`` is negative.
    """
    if recent is not None and recent < 0:
        raise InvalidArgument("recent must be 0 or more.", argument="recent")
    return reading.read_run(check_run_id(run_id), history=history, recent=recent)


@check_arguments
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
    """Return a page of runs, the newest first.

    ``tag`` is one tag, or several that a run must all have. ``search`` is a run's id, an idempotency key or
    the id of a subject. ``after`` is the ``next`` of the previous page.

    Raises:
        WorkflowNotFound: there is no such workflow.
        InvalidArgument: a filter, ``limit`` or ``after`` has the wrong form.
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


@check_arguments
def find_runs_by_payload(text: str) -> tuple[UUID, ...]:
    """Return the ids of runs whose payload contains the text, the newest first.

    It searches the newest 10,000 runs and returns at most 200. Masked values can't be found.

    Raises:
        InvalidArgument: the text is empty, or has more than 1,000 characters.
    """
    if not text.strip():
        raise InvalidArgument("The text to search for is empty.", argument="text")
    if len(text) > by_payload.LONGEST:
        raise InvalidArgument(
            f"The text to search for has more than {by_payload.LONGEST} characters.", argument="text"
        )
    return by_payload.find_runs_by_payload(text)


@check_arguments
def list_events(
    run_id: UUID | str, *, limit: int = 50, before: int | None = None
) -> tuple[EventSnapshot, ...]:
    """Return audit events of a run, the newest first; none if there is no such run.

    ``before`` is the sequence number of the last event of the previous page.

    Raises:
        InvalidArgument: the id is no UUID, or ``limit`` is out of bounds.
    """
    return histories.list_events(check_run_id(run_id), before=before, limit=limit)


@check_arguments
def list_attempts(
    run_id: UUID | str, step: str, *, visit: int = 1, limit: int = 50, before: int | None = None
) -> tuple[AttemptSnapshot, ...]:
    """Return attempts at one visit of a step, the newest first; none if there is no such run or step.

    ``before`` is the number of the last attempt of the previous page.

    Raises:
        InvalidArgument: the id is no UUID, or ``limit`` is out of bounds.
    """
    return histories.list_attempts(check_run_id(run_id), step, visit=visit, before=before, limit=limit)


@check_arguments
def explain_run(run_id: UUID | str, *, user: AbstractBaseUser | AnonymousUser | None = None) -> Explanation:
    """Return why the run is where it is, what happens next automatically, and what people can do now.

    With a ``user``, each action says whether that user may perform it, and why not.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the id is no UUID.
    """
    return explain(check_run_id(run_id), user=user)


def read_explanation_schema() -> dict[str, Any]:
    """Return the JSON schema of an explanation, which ``docs/explanation.schema.json`` publishes."""
    return Explanation.model_json_schema(mode="serialization")


@check_arguments
def list_available_actions(
    run_ids: Iterable[UUID | str], *, user: AbstractBaseUser | AnonymousUser | None = None
) -> tuple[Offered, ...]:
    """Return what people can do now to each of at most 500 runs, as :func:`explain_run` does for one.

    Runs that don't exist are left out.

    Raises:
        InvalidArgument: an id is no UUID, or there are too many.
    """
    return available_actions.list_available_actions([check_run_id(run_id) for run_id in run_ids], user=user)


@check_arguments
def draw_run(run: RunSnapshot | UUID | str, *, format: str = "svg") -> str:
    """Return the graph that a run executes, with the status of each step, as ``svg``, ``dot`` or ``mermaid``.

    ``run`` is an id, or a snapshot, which saves reading the run again. A page that contains the SVG needs
    ``squid_mesh/diagram.css`` for its colours; each step links to ``#step-<name>``.

    Raises:
        RunNotFound: there is no such run.
        InvalidArgument: the format is unknown, or the id is no UUID.
    """
    if isinstance(run, RunSnapshot):
        return formats.draw_snapshot(run, format=format)
    return formats.draw_run(check_run_id(run), format=format)


adraw_run = sync_to_async(draw_run)
aexplain_run = sync_to_async(explain_run)
afind_runs_by_payload = sync_to_async(find_runs_by_payload)
ainspect_run = sync_to_async(inspect_run)
alist_attempts = sync_to_async(list_attempts)
alist_available_actions = sync_to_async(list_available_actions)
alist_events = sync_to_async(list_events)
alist_runs = sync_to_async(list_runs)
