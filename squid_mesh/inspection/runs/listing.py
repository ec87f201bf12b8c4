"""Lists of runs: filters, search, and pages by key, so that every page costs the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.values.tags import validate_tags
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import DefinitionError, InvalidArgument, WorkflowNotFound
from squid_mesh.inspection.held_steps import held_steps
from squid_mesh.inspection.overview import MOST, Count
from squid_mesh.inspection.runs.by_id import match_id
from squid_mesh.inspection.runs.by_tag import Place, filter_by_tags
from squid_mesh.inspection.runs.reading import summary_fields
from squid_mesh.inspection.snapshots.runs import Page, RunSummary
from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus
from squid_mesh.models import Run

_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs a list has. ``subject`` is an object, or its label and key as ``app.model:key``."""

    workflow: type[Workflow] | str | None = None
    status: str | None = None
    trigger: str | None = None
    subject: Model | str | None = None
    tag: str | Iterable[str] = ()
    search: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    needs_person: bool = False


def list_runs(wanted: RunFilter, *, limit: int, after: str | None) -> Page:
    """Return runs, newest first. One query; one more for an uninstalled workflow, one for several tags."""
    if not 1 <= limit <= _MOST:
        raise InvalidArgument(f"limit is 1 to {_MOST}.", argument="limit")
    found = list(_select(wanted, None if after is None else _position(after))[: limit + 1])
    page, more = found[:limit], len(found) > limit
    last = f"{page[-1].created_at.isoformat()}_{page[-1].pk}" if more else None
    return Page(runs=tuple(RunSummary(**summary_fields(run)) for run in page), next=last)


def count_runs(wanted: RunFilter) -> Count:
    """Return how many runs the list has; counting stops at a limit. As many queries as a page."""
    number = _select(wanted, None).values_list("pk", flat=True)[: MOST + 1].count()
    return Count(number=min(number, MOST), more=number > MOST)


def _select(wanted: RunFilter, place: Place | None) -> QuerySet[Run]:
    """Return the runs after that place, newest first."""
    runs = _filter(wanted, Run.objects.using(conf.database()).defer("payload", "schedule"))
    tags = validate_tags([wanted.tag] if isinstance(wanted.tag, str) else wanted.tag, "tag")
    if tags:
        return filter_by_tags(tags, runs, place)
    return _before(place, runs).order_by("-created_at", "-id")


def _filter(wanted: RunFilter, runs: QuerySet[Run]) -> QuerySet[Run]:
    label, key = ("", "") if wanted.subject is None else _subject(wanted.subject)
    if wanted.workflow is not None:
        runs = runs.filter(workflow=_workflow_name(wanted.workflow, runs))
    if wanted.status is not None:
        runs = runs.filter(status=_status(wanted.status))
    if wanted.trigger is not None:
        runs = runs.filter(trigger=wanted.trigger)
    if wanted.subject is not None:
        runs = runs.filter(subject_type=label, subject_id=key)
    if wanted.search:
        runs = runs.filter(_matches(wanted.search))
    if wanted.created_from is not None:
        runs = runs.filter(created_at__gte=_aware(wanted.created_from, "created_from"))
    if wanted.created_before is not None:
        runs = runs.filter(created_at__lt=_aware(wanted.created_before, "created_before"))
    if wanted.needs_person:
        held = held_steps(conf.database())
        runs = runs.filter(status__in=sorted(ACTIVE_RUN), pk__in=held.values("run_id"))
    return runs if is_storable(wanted.trigger, wanted.search, label, key) else runs.none()


def _subject(subject: Model | str) -> tuple[str, str]:
    if not isinstance(subject, str):
        return subject._meta.label_lower, str(subject.pk)
    label, separator, key = subject.partition(":")
    if not separator:
        raise InvalidArgument("subject must be an object, or app.model:key.", argument="subject")
    return label.lower(), key


def _aware(moment: datetime, argument: str) -> datetime:
    try:
        if moment.utcoffset() is None:
            raise InvalidArgument(f"{argument} must have a timezone.", argument=argument)
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidArgument(f"{argument} is out of range.", argument=argument) from None


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
