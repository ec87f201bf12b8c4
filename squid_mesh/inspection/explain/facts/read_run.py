"""Reading the facts of one run: a few queries, however many steps it has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import ExpressionWrapper, Max, OuterRef, Q, Subquery

from squid_mesh import conf
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.exceptions import RunNotFound
from squid_mesh.inspection.clusters import list_clusters
from squid_mesh.inspection.explain.facts.facts import Facts, Person, StepFact, UnreadableRun, Vote
from squid_mesh.inspection.explain.text.people import find_usernames
from squid_mesh.inspection.masking import masked
from squid_mesh.inspection.runs.histories import make_event
from squid_mesh.inspection.snapshots.runs import EventSnapshot
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.inspection.stored_json import find_unreadable, find_unreadable_in
from squid_mesh.lifecycle import EventType, RunStatus, StepStatus, WaitingFor, read_value
from squid_mesh.models import Attempt, AuditEvent, Decision, Run, StepRun
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.definitions import UnreadableBlueprint, read_blueprint_if_possible

#: How many of the latest events are read.
_EVENTS = 100
#: Read however old they are, because the explanation of a cancelled run names who did it.
_CANCELLATION = (EventType.RUN_CANCELLING, EventType.RUN_CANCELLED)
_CANCELLED = (RunStatus.CANCELLING, RunStatus.CANCELLED)
STEP_COLUMNS = (
    *("id", "name", "visit", "current", "status", "outcome", "waiting_for", "due_at", "lease_until"),
    *("worker", "attempt_number", "failures", "crashes", "deferrals", "error", "request"),
    *("started_at", "finished_at"),
)
RUN_COLUMNS = (
    *("workflow", "trigger", "status", "error", "definition_id", "event_count"),
    *("created_at", "started_at", "finished_at"),
)

#: The columns of a step that are checked for values that can't be read.
_CHECKED = ("error", "request", "waiting_for")


def read_facts(run_id: UUID) -> Facts | UnreadableRun:
    """Return the run's facts. The run and its steps are read in one statement, so they agree.

    Raises:
        RunNotFound: there is no such run.
    """
    using = conf.database()
    rows = _rows(run_id, using)
    if not rows:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    events, starter, damaged = _events(run_id, rows[0]["run__event_count"], rows[0]["run__status"], using)
    blueprint = read_blueprint_if_possible(rows[0]["run__definition_id"], using)
    if isinstance(blueprint, UnreadableBlueprint):
        return make_unreadable_run(run_id, rows, blueprint, events=events, clusters=list_clusters())
    steps = tuple(make_step_fact(row) for row in rows)
    earlier = read_earlier_visits([run_id] if has_earlier_visits(steps) else [], using)
    votes = read_votes([s.id for s in steps if s.waiting_for == WaitingFor.APPROVAL], using)
    return make_facts(
        run_id,
        rows,
        (*earlier[run_id], *steps),
        blueprint,
        events=events,
        starter=starter,
        unreadable=damaged,
        names=find_usernames(
            (step.asked for step in steps if step.asked is not None), find_keys([starter], votes)
        ),
        votes=votes,
        defer_reasons=_defer_reasons([s.id for s in steps if s.waiting_for == WaitingFor.DEFER], using),
        clusters=list_clusters() if any(s.due_at or s.lease_until for s in steps) else (),
    )


def make_facts(
    run_id: UUID,
    rows: Sequence[Mapping[str, Any]],
    steps: tuple[StepFact, ...],
    blueprint: Blueprint,
    *,
    unreadable: Iterable[UnreadableValue] = (),
    **more: Any,
) -> Facts:
    """Return a run's facts from its rows: :data:`RUN_COLUMNS` and ``now``; ``more`` are other fields.

    ``unreadable`` are the values of other rows that can't be read.
    """
    run = {name: rows[0][f"run__{name}"] for name in RUN_COLUMNS}
    return Facts(
        run_id=run_id,
        workflow=run["workflow"],
        trigger=run["trigger"],
        status=read_value(RunStatus, run["status"]),
        error=masked(run["error"]),
        created_at=run["created_at"],
        started_at=run["started_at"],
        finished_at=run["finished_at"],
        now=rows[0]["now"],
        blueprint=blueprint,
        steps=steps,
        unreadable=(*find_unreadable_in(Run, run_id, run), *unreadable),
        **more,
    )


def make_unreadable_run(
    run_id: UUID, rows: Sequence[Mapping[str, Any]], problem: UnreadableBlueprint, **more: Any
) -> UnreadableRun:
    """Return what is known about a run whose definition can't be read; ``more`` are other fields."""
    return UnreadableRun(
        run_id=run_id,
        workflow=rows[0]["run__workflow"],
        status=read_value(RunStatus, rows[0]["run__status"]),
        problem=problem,
        **more,
    )


def _rows(run_id: UUID, using: str) -> Sequence[dict[str, Any]]:
    now = ExpressionWrapper(DatabaseNow(), output_field=UtcDateTimeField())
    steps = StepRun.objects.using(using).filter(run_id=run_id, current=True).order_by("id").annotate(now=now)
    return list(
        steps.values(
            *STEP_COLUMNS,
            "now",
            *(f"run__{name}" for name in RUN_COLUMNS),
        )
    )


def make_step_fact(row: Mapping[str, Any]) -> StepFact:
    """Return the fact of a row of :data:`STEP_COLUMNS`."""
    return StepFact(
        id=row["id"],
        name=row["name"],
        visit=row["visit"],
        current=row["current"],
        status=read_value(StepStatus, row["status"]),
        outcome=row["outcome"],
        waiting_for=read_value(WaitingFor, row["waiting_for"]) if row["waiting_for"] else None,
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
        unreadable=find_unreadable_in(StepRun, row["id"], {name: row[name] for name in _CHECKED}),
    )


def has_earlier_visits(steps: Iterable[StepFact]) -> bool:
    """Return whether the run has visits before its current ones: a rewind starts a later visit at once."""
    return any(step.visit > 1 for step in steps)


def read_earlier_visits(run_ids: Sequence[UUID], using: str) -> Mapping[UUID, Sequence[StepFact]]:
    """Return what is left of the runs' earlier visits: one for each step and status, the latest of them.

    It counts as one that lost a worker if any of them did. One query, none without runs.
    """
    found: dict[UUID, list[StepFact]] = defaultdict(list)
    if not run_ids:
        return found
    rows = StepRun.objects.using(using).filter(run_id__in=run_ids, current=False).order_by()
    kinds = rows.values("run_id", "name", "status").annotate(last=Max("visit"), lost=Max("crashes"))
    for row in kinds:
        found[row["run_id"]].append(_make_earlier_visit(row))
    return found


def _make_earlier_visit(row: Mapping[str, Any]) -> StepFact:
    return StepFact(
        id=0,
        name=row["name"],
        visit=row["last"],
        current=False,
        status=read_value(StepStatus, row["status"]),
        outcome="",
        waiting_for=None,
        due_at=None,
        lease_until=None,
        worker="",
        attempt=0,
        failures=0,
        crashes=row["lost"],
        deferrals=0,
        error=None,
        request=None,
        started_at=None,
        finished_at=None,
    )


def _events(
    run_id: UUID, count: int, status: str, using: str
) -> tuple[tuple[EventSnapshot, ...], Person | None, tuple[UnreadableValue, ...]]:
    """Return the latest events, those that started and cancelled the run, and the user who started it.

    The third value names what can't be read of the events.
    """
    own = AuditEvent.objects.using(using).filter(run_id=run_id).order_by("sequence")
    found = list(own.filter(Q(sequence=1) | Q(sequence__gt=count - _EVENTS)))
    if status in _CANCELLED and not any(row.type in _CANCELLATION for row in found):
        found[1:1] = own.filter(type__in=_CANCELLATION)
    events = tuple(make_event(row, masked) for row in found)
    first = next((row for row in found if row.sequence == 1 and row.actor_key), None)
    return events, None if first is None else make_person(first), find_unreadable(found)


def make_person(row: AuditEvent | Decision) -> Person:
    """Return the user who acted."""
    return Person(key=row.actor_key, text=row.actor_text)


def find_keys(starters: Iterable[Person | None], votes: Mapping[int, Sequence[Vote]]) -> set[str]:
    """Return the primary keys of the users who started and voted."""
    voters = {vote.by.key for cast in votes.values() for vote in cast}
    return voters | {starter.key for starter in starters if starter is not None}


def read_votes(step_ids: Iterable[int], using: str) -> dict[int, tuple[Vote, ...]]:
    """Return the votes at those approvals by step id."""
    found: dict[int, tuple[Vote, ...]] = defaultdict(tuple)
    ids = list(step_ids)
    if not ids:
        return found
    for row in Decision.objects.using(using).filter(step_id__in=ids).order_by("id"):
        vote = Vote(by=make_person(row), exit=row.exit, at=row.created_at)
        found[row.step_id] += (vote,)
    return found


def _defer_reasons(step_ids: Iterable[int], using: str) -> dict[int, str]:
    """Return the message with which the last attempt of each of those steps deferred itself, by step id."""
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
