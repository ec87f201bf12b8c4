"""Lists of runs: filters, search, and pages by key, so that every page costs the same."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.values.tags import validate_tags
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import DefinitionError, InvalidArgument, WorkflowNotFound
from squid_mesh.inspection.runs.by_id import match_id
from squid_mesh.inspection.runs.by_tag import Place, filter_by_tags
from squid_mesh.inspection.runs.reading import summary_fields
from squid_mesh.inspection.snapshots.runs import Page, RunSummary
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Run

_MOST = 500


def list_runs(
    *,
    workflow: type[Workflow] | str | None,
    status: str | None,
    trigger: str | None,
    subject: Model | None,
    tag: str | Iterable[str],
    search: str,
    limit: int,
    after: str | None,
) -> Page:
    """Return runs, newest first. One query; one more for an uninstalled workflow, one for several tags."""
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"limit is 1 to {_MOST}.", argument="limit")
    runs = Run.objects.using(conf.database()).defer("payload", "schedule")
    if workflow is not None:
        runs = runs.filter(workflow=_workflow_name(workflow, runs))
    if status is not None:
        runs = runs.filter(status=_status(status))
    if trigger is not None:
        runs = runs.filter(trigger=trigger)
    if subject is not None:
        runs = runs.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk))
    if search:
        runs = runs.filter(_matches(search))
    tags = validate_tags([tag] if isinstance(tag, str) else tag, "tag")
    place = None if after is None else _position(after)
    if not is_storable(trigger, search, None if subject is None else str(subject.pk)):
        return Page(runs=(), next=None)
    runs = filter_by_tags(tags, runs, place) if tags else _before(place, runs).order_by("-created_at", "-id")
    found = list(runs[: limit + 1])
    page, more = found[:limit], len(found) > limit
    last = f"{page[-1].created_at.isoformat()}_{page[-1].pk}" if more else None
    return Page(runs=tuple(RunSummary(**summary_fields(run)) for run in page), next=last)


def _before(place: Place | None, runs: QuerySet[Run]) -> QuerySet[Run]:
    if place is None:
        return runs
    created_at, run_id = place
    return runs.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, pk__lt=run_id))


def _workflow_name(workflow: type[Workflow] | str, runs: QuerySet[Run]) -> str:
    if not isinstance(workflow, str):
        return workflow.workflow_name
    try:
        return registry.get_workflow(workflow).workflow_name
    except (WorkflowNotFound, DefinitionError):  # its stored runs are listed in any case
        if is_storable(workflow) and runs.filter(workflow=workflow).exists():
            return workflow
        raise


def _status(status: str) -> str:
    try:
        return RunStatus(status).value
    except ValueError:
        known = [known.value for known in RunStatus]
        raise InvalidArgument(
            f"{status!r} is no status of a run; they are: {', '.join(known)}.",
            argument="status",
            known=known,
        ) from None


def _matches(search: str) -> Q:
    return Q(idempotency_key=search) | Q(subject_id=search) | match_id(search)


def _position(after: str) -> Place:
    created_at, _, run_id = after.partition("_")
    try:
        moment = datetime.fromisoformat(created_at)
        if moment.utcoffset() is None:
            raise ValueError("it has no timezone")
        return moment.astimezone(UTC), UUID(run_id)
    except (ValueError, OverflowError):
        raise InvalidArgument("after isn't the next of a page.", argument="after") from None
