"""Reading the facts of many runs as far as their possible actions need them: a few queries for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import ExpressionWrapper

from squid_mesh import conf
from squid_mesh.inspection.explain.facts.facts import Facts, Person, StepFact, UnreadableRun
from squid_mesh.inspection.explain.facts.read_run import (
    RUN_COLUMNS,
    STEP_COLUMNS,
    find_keys,
    has_earlier_visits,
    make_facts,
    make_person,
    make_step_fact,
    make_unreadable_run,
    read_earlier_visits,
    read_votes,
)
from squid_mesh.inspection.explain.text.people import find_usernames
from squid_mesh.lifecycle import WaitingFor
from squid_mesh.models import AuditEvent, StepRun
from squid_mesh.models.utc_times import UtcDateTimeField
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.definitions import UnreadableBlueprint, read_blueprint_if_possible


def read_facts_of_runs(run_ids: Sequence[UUID]) -> Iterator[Facts | UnreadableRun]:
    """Yield the facts of the runs that exist, without events, defer reasons and clusters."""
    using = conf.database()
    rows: dict[UUID, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _rows(run_ids, using):
        rows[row["run_id"]].append(row)
    starters = _starters(run_ids, using)
    steps = {run_id: tuple(make_step_fact(row) for row in own) for run_id, own in rows.items()}
    earlier = read_earlier_visits([run for run, own in steps.items() if has_earlier_visits(own)], using)
    votes = read_votes([s.id for own in steps.values() for s in own if _is_approval(s)], using)
    asked = [s.asked for own in steps.values() for s in own if s.asked is not None]
    names = find_usernames(asked, find_keys(starters.values(), votes))
    for run_id, own in rows.items():
        blueprint = read_blueprint_if_possible(own[0]["run__definition_id"], using)
        if isinstance(blueprint, UnreadableBlueprint):
            yield make_unreadable_run(run_id, own, blueprint)
            continue
        yield make_facts(
            run_id,
            own,
            (*earlier[run_id], *steps[run_id]),
            blueprint,
            starter=starters.get(run_id),
            names=names,
            votes=votes,
        )


def _is_approval(step: StepFact) -> bool:
    return step.waiting_for == WaitingFor.APPROVAL


def _rows(run_ids: Sequence[UUID], using: str) -> Sequence[Mapping[str, Any]]:
    now = ExpressionWrapper(DatabaseNow(), output_field=UtcDateTimeField())
    steps = StepRun.objects.using(using).filter(run_id__in=run_ids, current=True).order_by("id")
    columns = (*STEP_COLUMNS, "run_id", "now", *(f"run__{name}" for name in RUN_COLUMNS))
    return list(steps.annotate(now=now).values(*columns))


def _starters(run_ids: Sequence[UUID], using: str) -> dict[UUID, Person]:
    events = AuditEvent.objects.using(using).filter(run_id__in=run_ids, sequence=1).exclude(actor_key="")
    return {event.run_id: make_person(event) for event in events}
