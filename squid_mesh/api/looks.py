"""What looks at runs, triggers and clusters, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model

from squid_mesh.api.ids import checked_id
from squid_mesh.definitions.workflow import Workflow
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection import histories, listing, offered, payloads, queries, scheduled
from squid_mesh.inspection.explain.explaining import explain
from squid_mesh.inspection.explanation import Explanation, Offered
from squid_mesh.inspection.snapshots import AttemptSnapshot, EventSnapshot, Page, RunSnapshot, TriggerSnapshot


def inspect_run(run_id: UUID | str, *, history: bool = False, recent: int | None = None) -> RunSnapshot:
    """All about a run: payload, state and every step; with ``history`` its attempts and audit events too.

    ``recent`` leaves of these the last so many events, and attempts of each visit of a step. Secrets are
    masked. Raises RunNotFound, or InvalidArgument where the id is no UUID.
    """
    return queries.snapshot(checked_id(run_id), history=history, recent=recent)


def list_events(
    run_id: UUID | str, *, limit: int = 50, before: int | None = None
) -> tuple[EventSnapshot, ...]:
    """A run's audit events, the newest first; ``before`` is the sequence of the last one of the page before.

    None for a run that isn't there. Secrets are masked. Raises InvalidArgument.
    """
    return histories.events_before(checked_id(run_id), before=before, limit=limit)


def list_attempts(
    run_id: UUID | str, step: str, *, visit: int = 1, limit: int = 50, before: int | None = None
) -> tuple[AttemptSnapshot, ...]:
    """The attempts at one visit of a step, the newest first; ``before`` is the number of the last one known.

    None where there is no such run or step. Secrets are masked. Raises InvalidArgument.
    """
    return histories.attempts_before(checked_id(run_id), step, visit=visit, before=before, limit=limit)


def find_by_payload(text: str) -> tuple[UUID, ...]:
    """The ids of runs with that text in their payload, the newest first: at most 200, of the newest 10,000.

    Masked values can't be found. Raises InvalidArgument where there is no text.
    """
    if not text.strip():
        raise InvalidArgument("There is no text to look for.", argument="text")
    return payloads.with_payload_text(text)


def offer_actions(
    run_ids: Iterable[UUID | str], *, user: AbstractBaseUser | AnonymousUser | None = None
) -> tuple[Offered, ...]:
    """What people may do now to each of those runs, as :func:`explain_run` tells for one of them.

    Runs that aren't there are left out; at most 500. Raises InvalidArgument.
    """
    return offered.offered([checked_id(run_id) for run_id in run_ids], user=user)


def list_runs(
    *,
    workflow: type[Workflow] | str | None = None,
    status: str | None = None,
    trigger: str | None = None,
    subject: Model | None = None,
    search: str = "",
    limit: int = 50,
    after: str | None = None,
) -> Page:
    """Runs, the newest first. ``search`` finds an id, an idempotency key or a subject's id.

    ``after`` is the ``next`` of the page before. Raises InvalidArgument, WorkflowNotFound.
    """
    return listing.list_runs(
        workflow=workflow,
        status=status,
        trigger=trigger,
        subject=subject,
        search=search,
        limit=limit,
        after=after,
    )


def list_triggers() -> tuple[TriggerSnapshot, ...]:
    """Every cron trigger: those of the code and those that only have a row, by workflow and name."""
    return scheduled.list_triggers()


def explain_run(run_id: UUID | str, *, user: AbstractBaseUser | AnonymousUser | None = None) -> Explanation:
    """Why the run is where it is, what happens next by itself, and what people may do now.

    With a ``user`` each next action says whether that user may do it. Secrets are masked. Raises RunNotFound,
    or InvalidArgument where the id is no UUID.
    """
    return explain(checked_id(run_id), user=user)


def explanation_schema() -> dict[str, Any]:
    """The JSON schema of an explanation as JSON, which ``docs/explanation.schema.json`` publishes."""
    return Explanation.model_json_schema(mode="serialization")


aexplain_run = sync_to_async(explain_run)
ainspect_run = sync_to_async(inspect_run)
afind_by_payload = sync_to_async(find_by_payload)
alist_attempts = sync_to_async(list_attempts)
alist_events = sync_to_async(list_events)
alist_runs = sync_to_async(list_runs)
aoffer_actions = sync_to_async(offer_actions)
alist_triggers = sync_to_async(list_triggers)
