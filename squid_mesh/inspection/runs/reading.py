"""Reading one run: in short, or in full in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from squid_mesh import conf
from squid_mesh.definitions.blueprint import Blueprint, StepBlueprint
from squid_mesh.definitions.request import read_request
from squid_mesh.definitions.values.paths import ANY_KEY, GroupedPaths, Path, follow_path, parse_paths
from squid_mesh.exceptions import RunNotFound
from squid_mesh.graph.state import merge_outputs, merge_secrets
from squid_mesh.inspection.masking import Mask, hides, masked, unmasked
from squid_mesh.inspection.runs import histories
from squid_mesh.inspection.runs.forms import read_form
from squid_mesh.inspection.runs.previews import Row, list_cut_values, read_beginnings
from squid_mesh.inspection.schemas import shown_schema
from squid_mesh.inspection.snapshots.runs import AttemptSnapshot, RunSnapshot, RunSummary, StepSnapshot
from squid_mesh.inspection.stored_json import find_unreadable
from squid_mesh.lifecycle import RunStatus, StepStatus, WaitingFor, read_value
from squid_mesh.models import Attempt, Decision, Run, StepRun
from squid_mesh.models.stored_json import NOT_A_REQUEST, why_unreadable
from squid_mesh.store.definitions import UnreadableBlueprint, read_blueprint_if_possible
from squid_mesh.store.values import SecretPaths

#: The columns that can be large.
_OF_RUN: Final = ("payload",)
_OF_STEP: Final = ("input", "output")


def read_summary(run_id: UUID) -> RunSummary:
    """Return the run in short. One query. Raises RunNotFound."""
    run = Run.objects.using(conf.database()).defer("payload", "schedule").filter(pk=run_id).first()
    if run is None:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    return RunSummary(**summary_fields(run))


def read_run(
    run_id: UUID,
    *,
    history: bool,
    recent: int | None = None,
    preview: int | None = None,
    mask: Mask = masked,
) -> RunSnapshot:
    """Return the run in full. Raises RunNotFound.

    Two queries, five with its history, and one for a definition that this process hasn't read yet. With
    ``recent``, it has only that many of the latest events, of each step's latest visits, and of each visit's
    latest attempts. With ``preview``, only that many characters of payload, inputs and outputs are read.
    The steps are read last: a result that is written between these reads may be missing from the history, but
    no attempt or event is shown whose step seems not to have ended.
    """
    using = conf.database()
    runs = Run.objects.using(using).filter(pk=run_id)
    run = next(iter(_read(runs, _OF_RUN, preview)), None)
    if run is None:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    blueprint = read_blueprint_if_possible(run.definition_id, using)
    event_rows = histories.read_events(run_id, recent, using) if history else []
    attempt_rows = histories.read_attempts(run_id, recent, using) if history else {}
    decisions = histories.read_decisions(run_id, using) if history else {}
    steps = _read(_filter_visits(run_id, recent, using), _OF_STEP, preview)
    cut = list_cut_values(run, _OF_RUN, preview)
    events = tuple(histories.make_event(row, mask) for row in event_rows)
    attempts = {step: _make_attempts(found, mask) for step, found in attempt_rows.items()}
    rows = chain([run], steps, chain(*attempt_rows.values()), chain(*decisions.values()), event_rows)
    summary = summary_fields(run, mask) | {"unreadable": find_unreadable(rows)}
    if isinstance(blueprint, UnreadableBlueprint):
        return RunSnapshot(
            **summary,
            payload=mask(run.payload, ["*"]),
            state={},
            schedule=unmasked(run.schedule),
            fingerprint=run.definition_id,
            steps=tuple(_step(row, attempts, decisions, [()], [()], mask, preview) for row in steps),
            events=events,
            cut=cut,
            definition_problem=blueprint.message,
        )
    trigger = blueprint.trigger(run.trigger)
    secrets = [*(trigger.secrets if trigger else ()), *(path or [ANY_KEY] for path in run.secrets or ())]
    recorded = _read_recorded_secrets(run_id, steps, recent, using)
    known = [(name, paths) for name, paths in recorded if name in blueprint.by_name]
    in_state = merge_secrets(blueprint, run.trigger, run.secrets, known)
    return RunSnapshot(
        **summary,
        payload=mask(run.payload, secrets),
        state=mask(_state(run, blueprint, steps), in_state),
        schedule=unmasked(run.schedule),
        fingerprint=run.definition_id,
        steps=_Steps(blueprint, GroupedPaths(in_state), attempts, decisions, mask, preview).make_snapshots(
            steps
        ),
        events=events,
        cut=cut,
    )


def _make_attempts(rows: Sequence[Attempt], mask: Mask) -> list[AttemptSnapshot]:
    return [histories.make_attempt(row, mask) for row in rows]


def _read(rows: QuerySet[Row], names: Sequence[str], preview: int | None) -> list[Row]:
    return list(rows) if preview is None else read_beginnings(rows, names, preview)


def add_history(run: RunSnapshot, steps: Collection[str], *, recent: int, most: int) -> RunSnapshot:
    """Return the snapshot with the latest attempts of these steps, and the votes at them. Three queries.

    Of each visit there are ``recent`` attempts at most, and ``most`` of all. Attempts that ended after the
    snapshot was read are left out: no attempt is shown whose step seems not to have ended. Their values that
    can't be read are added to those of the run.
    """
    using = conf.database()
    blueprint = read_blueprint_if_possible(run.fingerprint, using)
    attempts = histories.read_latest_attempts(run.id, steps, recent, most, using)
    votes = histories.read_votes(run.id, steps, using)
    found: list[StepSnapshot] = []
    for step in run.steps:
        key = (step.name, step.visit)
        ended = [row for row in attempts.get(key, ()) if row.number <= _last_ended(step)]
        decisions = [
            histories.make_decision(row, _vote_secrets(blueprint, row), masked) for row in votes.get(key, ())
        ]
        changed = {"attempts": tuple(_make_attempts(ended, masked)), "decisions": tuple(decisions)}
        found.append(step.model_copy(update=changed) if ended or decisions else step)
    unreadable = find_unreadable(chain(*attempts.values(), *votes.values()))
    return run.model_copy(update={"steps": tuple(found), "unreadable": (*run.unreadable, *unreadable)})


def _last_ended(step: StepSnapshot) -> int:
    return step.attempt - (step.status is StepStatus.RUNNING)


def _vote_secrets(blueprint: Blueprint | UnreadableBlueprint, vote: Decision) -> list[Path]:
    """Return the paths of the secrets in the answers of a vote; the vote was read with its step."""
    if isinstance(blueprint, UnreadableBlueprint) or vote.step.name not in blueprint.by_name:
        return [()]
    return list_output_secrets(blueprint.by_name[vote.step.name], vote.step)


def _filter_visits(run_id: UUID, recent: int | None, using: str) -> QuerySet[StepRun]:
    """Return the visits in order: the current ones and, with ``recent``, that many earlier ones of a step."""
    rows = StepRun.objects.using(using).filter(run_id=run_id)
    if recent is not None:
        place = Window(RowNumber(), partition_by=F("name"), order_by=F("visit").desc())
        latest = rows.filter(current=False).annotate(place=place).filter(place__lte=recent)
        rows = rows.filter(Q(current=True) | Q(pk__in=latest.values("pk")))
    return rows.order_by("visit", "id")


def _read_recorded_secrets(
    run_id: UUID, steps: Sequence[StepRun], recent: int | None, using: str
) -> list[tuple[str, SecretPaths]]:
    """Return the recorded paths of secrets in the outputs of all visits, as (step, paths).

    An input that is shown may come from a visit that isn't. One query if there are such visits.
    """
    recorded = [(row.name, row.secrets) for row in steps]
    if recent is not None and any(row.visit > recent for row in steps):
        earlier = StepRun.objects.using(using).filter(run_id=run_id, current=False, secrets__isnull=False)
        recorded += earlier.order_by().values_list("name", "secrets").distinct()
    return recorded


def summary_fields(run: Run, mask: Mask = masked) -> dict[str, Any]:
    """Return the fields of a summary from the row."""
    subject = (run.subject_type, run.subject_id) if run.subject_type else None
    return {
        "id": run.pk,
        "workflow": run.workflow,
        "trigger": run.trigger,
        "status": read_value(RunStatus, run.status),
        "error": mask(run.error),
        "idempotency_key": run.idempotency_key,
        "subject": subject,
        "tags": tuple(run.tags),
        "replay_of": run.replay_of_id,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "unreadable": find_unreadable([run]),
    }


def _state(run: Run, blueprint: Blueprint, steps: Sequence[StepRun]) -> dict[str, Any]:
    """Return the payload merged with the outputs of completed steps, in order of completion."""
    done = [s for s in steps if s.current and s.status == StepStatus.COMPLETED and s.finished_at is not None]
    done.sort(key=lambda s: (s.finished_at, s.pk))
    return merge_outputs(blueprint, run.payload, ((step.name, step.output) for step in done))


@dataclass(frozen=True)
class _Steps:
    """Makes the snapshots of a run's steps, with their secrets masked."""

    blueprint: Blueprint
    state_secrets: GroupedPaths
    attempts: Mapping[int, Sequence[AttemptSnapshot]]
    decisions: Mapping[int, Sequence[Decision]]
    mask: Mask
    preview: int | None

    def make_snapshots(self, rows: Sequence[StepRun]) -> tuple[StepSnapshot, ...]:
        """Return every visit in the graph's order, and the steps that the run has not reached."""
        found: dict[str, list[StepRun]] = defaultdict(list)
        for row in rows:
            found[row.name].append(row)
        listed: list[StepSnapshot] = []
        for name in self.blueprint.order:
            own, visits = self.blueprint.by_name[name], found[name]
            listed += [
                self._make_snapshot(row, self._input_secrets(own, row), list_output_secrets(own, row))
                for row in visits
            ]
            if not any(row.current for row in visits):
                listed.append(StepSnapshot(name=name, visit=visits[-1].visit + 1 if visits else 1))
        return tuple(listed)

    def _input_secrets(self, step: StepBlueprint, row: StepRun) -> list[Path]:
        """Return the paths of the secrets in an input, in parameters of the same name and in renamed ones."""
        given = row.input if isinstance(row.input, dict) else {}
        sources = {source.partition(".")[0] for source in step.input.values()}
        renamed = list_input_secrets(step.input, self.state_secrets.starting_with(sources))
        return [*self.state_secrets.starting_with(given), *renamed]

    def _make_snapshot(self, row: StepRun, inputs: Sequence[Path], outputs: Sequence[Path]) -> StepSnapshot:
        workflow = self.blueprint.workflow
        return _step(row, self.attempts, self.decisions, inputs, outputs, self.mask, self.preview, workflow)


def list_output_secrets(step: StepBlueprint, row: StepRun) -> list[Path]:
    """Return the paths of the secrets in an output. It is one if its key in the state has a secret name."""
    if step.output is not None and hides(step.output):
        return [()]
    return [*parse_paths(step.secrets), *(row.secrets or ())]


def _step(
    row: StepRun,
    attempts: Mapping[int, Sequence[AttemptSnapshot]],
    decisions: Mapping[int, Sequence[Decision]],
    inputs: Sequence[Path],
    outputs: Sequence[Path],
    mask: Mask,
    preview: int | None,
    workflow: str = "",
) -> StepSnapshot:
    """Return one visit. ``inputs`` and ``outputs`` are the paths of secrets in them."""
    asks = row.waiting_for == WaitingFor.APPROVAL
    form = read_form(read_request(row.request), workflow, row.name) if asks else {}
    return StepSnapshot(
        name=row.name,
        visit=row.visit,
        status=read_value(StepStatus, row.status),
        outcome=row.outcome,
        waiting_for=read_value(WaitingFor, row.waiting_for) if row.waiting_for else None,
        due_at=row.due_at,
        attempt=row.attempt_number,
        failures=row.failures,
        crashes=row.crashes,
        deferrals=row.deferrals,
        worker=row.worker,
        started_at=row.started_at,
        finished_at=row.finished_at,
        input=mask(row.input, inputs),
        output=mask(row.output, outputs),
        error=mask(row.error),
        request=_request(row.request),
        current=row.current,
        decisions=tuple(histories.make_decision(one, outputs, mask) for one in decisions.get(row.pk, ())),
        attempts=tuple(attempts.get(row.pk, ())),
        cut=list_cut_values(row, _OF_STEP, preview),
        **form,
    )


def _request(request: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return what the step asks. Names of form fields are no secrets, but their defaults may be."""
    if request is None:
        return None
    if read_request(request) is None:
        return {"unreadable": why_unreadable(request) or NOT_A_REQUEST}
    if not request.get("form_schema"):
        return request
    return {**request, "form_schema": shown_schema(request["form_schema"])}


def list_input_secrets(mapping: dict[str, str], secrets: Sequence[Path]) -> list[Path]:
    """Return the paths under which renamed parameters carry secrets.

    A parameter that receives a field with a secret name is secret as a whole.
    """
    paths: list[Path] = []
    for parameter, source in mapping.items():
        parts = source.split(".")
        if any(hides(part) for part in parts):
            paths.append((parameter,))
        else:
            paths += [(parameter, *rest) for rest in follow_path(secrets, parts)]
    return paths
