"""Reading what an explanation is made of: a few queries, however many steps the run has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, OuterRef, Q, Subquery

from squid_mesh import conf
from squid_mesh.exceptions import RunNotFound
from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.explain.facts.facts import Facts, Somebody, StepFact, Vote
from squid_mesh.inspection.explain.text.people import names_of
from squid_mesh.inspection.masking import masked
from squid_mesh.inspection.runs.histories import event
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.lifecycle import EventType, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Attempt, AuditEvent, Decision, StepRun
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.definitions import read_blueprint

#: How many of the latest events are looked at.
_EVENTS = 100
#: Told of however long ago they were: a run is started once, and cancelled once at most.
_ALWAYS = Q(sequence=1) | Q(type__in=(EventType.RUN_CANCELLING, EventType.RUN_CANCELLED))
STEP_COLUMNS = (
    *("id", "name", "visit", "current", "status", "outcome", "waiting_for", "due_at", "lease_until"),
    *("worker", "attempt_number", "failures", "crashes", "deferrals", "error", "request"),
    *("started_at", "finished_at"),
)
RUN_COLUMNS = (
    *("workflow", "trigger", "status", "error", "definition_id", "event_count"),
    *("created_at", "started_at", "finished_at"),
)


def read(run_id: UUID) -> Facts:
    """The run and its steps are read in one statement, and so agree. Raises RunNotFound."""
    using = conf.database()
    rows = _rows(run_id, using)
    if not rows:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    steps = tuple(step_fact(row) for row in rows)
    events, starter = _events(run_id, rows[0]["run__event_count"], using)
    return facts_of(
        run_id,
        rows,
        steps,
        using,
        events=events,
        starter=starter,
        names=names_of(step.asked for step in steps if step.asked is not None),
        votes=votes_on([s.id for s in steps if s.waiting_for == WaitingFor.APPROVAL], using),
        excuses=_excuses([s.id for s in steps if s.waiting_for == WaitingFor.DEFER], using),
        clusters=list_clusters() if any(s.due_at or s.lease_until for s in steps) else (),
    )


def facts_of(
    run_id: UUID, rows: Sequence[Mapping[str, Any]], steps: tuple[StepFact, ...], using: str, **more: Any
) -> Facts:
    """The facts of a run: its rows have all of :data:`RUN_COLUMNS` and ``now``; ``more`` are other fields."""
    run = {name: rows[0][f"run__{name}"] for name in RUN_COLUMNS}
    return Facts(
        run_id=run_id,
        workflow=run["workflow"],
        trigger=run["trigger"],
        status=RunStatus(run["status"]),
        error=masked(run["error"]),
        created_at=run["created_at"],
        started_at=run["started_at"],
        finished_at=run["finished_at"],
        now=rows[0]["now"],
        blueprint=read_blueprint(run["definition_id"], using),
        steps=steps,
        **more,
    )


def _rows(run_id: UUID, using: str) -> Sequence[dict[str, Any]]:
    now = ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())
    steps = StepRun.objects.using(using).filter(run_id=run_id).order_by("visit", "id").annotate(now=now)
    return list(
        steps.values(
            *STEP_COLUMNS,
            "now",
            *(f"run__{name}" for name in RUN_COLUMNS),
        )
    )


def step_fact(row: Mapping[str, Any]) -> StepFact:
    """A row of :data:`STEP_COLUMNS`."""
    return StepFact(
        id=row["id"],
        name=row["name"],
        visit=row["visit"],
        current=row["current"],
        status=StepStatus(row["status"]),
        outcome=row["outcome"],
        waiting_for=row["waiting_for"],
        due_at=row["due_at"],
        lease_until=row["lease_until"],
        worker=row["worker"],
        attempt=row["attempt_number"],
        failures=row["failures"],
        crashes=row["crashes"],
        deferrals=row["deferrals"],
        error=masked(row["error"]),
        request=row["request"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
    )


def _events(run_id: UUID, count: int, using: str) -> tuple[tuple[EventSnapshot, ...], Somebody | None]:
    rows = AuditEvent.objects.using(using).filter(run_id=run_id).select_related("actor").order_by("sequence")
    found = list(rows.filter(_ALWAYS | Q(sequence__gt=count - _EVENTS)))
    events = tuple(event(row, masked) for row in found)
    first = next((row for row in found if row.sequence == 1 and row.actor_id is not None), None)
    return events, None if first is None else somebody(str(first.actor_id), first)


def somebody(key: str, row: AuditEvent | Decision) -> Somebody:
    """Whoever did that; the row comes with its actor."""
    known = row.actor.get_username() if row.actor is not None else ""
    return Somebody(key=key, username=known, text=row.actor_text)


def votes_on(step_ids: Iterable[int], using: str) -> dict[int, tuple[Vote, ...]]:
    """What has been said at those approvals, by the id of their step."""
    found: dict[int, tuple[Vote, ...]] = defaultdict(tuple)
    ids = list(step_ids)
    if not ids:
        return found
    for row in Decision.objects.using(using).filter(step_id__in=ids).select_related("actor").order_by("id"):
        vote = Vote(by=somebody(row.actor_key, row), exit=row.exit, at=row.created_at)
        found[row.step_id] += (vote,)
    return found


def _excuses(step_ids: Iterable[int], using: str) -> dict[int, str]:
    """What the last attempt of each of those steps said when it asked to run again later."""
    ids = list(step_ids)
    if not ids:
        return {}
    last = Attempt.objects.filter(step=OuterRef("pk")).order_by("-number").values("error")[:1]
    rows = StepRun.objects.using(using).filter(pk__in=ids).annotate(said=Subquery(last))
    return {
        pk: str(said.get("message", ""))
        for pk, said in rows.values_list("pk", "said")
        if isinstance(said, dict)
    }
