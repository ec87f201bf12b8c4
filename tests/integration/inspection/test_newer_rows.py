"""Rows that a newer version wrote are listed, shown and explained, and never hurt other rows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from squid_mesh import api
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.exceptions import IllegalAction, UnreadableDefinition
from squid_mesh.inspection.doctor.finding import Severity
from squid_mesh.inspection.masking import MASK
from squid_mesh.lifecycle import RunStatus, Unrecognized, read_value
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven
from tests.integration.newer_rows import write_newer_definition, write_unknown

NEW = "archiving"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column with values of an enum; ``read`` returns those that inspection shows of the run."""

    model: type[Model]
    name: str
    read: Callable[[api.RunSnapshot], set[Any]]
    of_run: str = "run_id"


COLUMNS = {
    "run status": Column(model=Run, name="status", of_run="pk", read=lambda run: {run.status}),
    "step status": Column(model=StepRun, name="status", read=lambda run: {s.status for s in run.steps}),
    "step wait": Column(
        model=StepRun,
        name="waiting_for",
        read=lambda run: {s.waiting_for for s in run.steps if s.waiting_for},
    ),
    "attempt outcome": Column(
        model=Attempt,
        name="outcome",
        of_run="step__run_id",
        read=lambda run: {attempt.outcome for step in run.steps for attempt in step.attempts},
    ),
    "event type": Column(model=AuditEvent, name="type", read=lambda run: {e.type for e in run.events}),
}
each = pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())


def newer_run(column: Column) -> UUID:
    """A held run with a value in that column that this version doesn't know, and a cluster that is alive."""
    ClusterHeartbeat(1).beat()
    run_id = driven(people.Holds)
    write_unknown(column.model, column.name, NEW, **{column.of_run: run_id})
    return run_id


@each
def test_inspect_shows_the_stored_text(column: Column) -> None:
    run = api.inspect_run(newer_run(column), history=True)
    assert NEW in column.read(run)
    again = api.RunSnapshot.model_validate_json(run.model_dump_json())
    assert again == run
    for snapshot in (run, again):
        assert {value for value in column.read(snapshot) if isinstance(value, Unrecognized)} == {NEW}


@each
def test_lists_have_the_run_and_all_others(column: Column) -> None:
    other = driven(people.Holds)
    run_id = newer_run(column)
    runs = {run.id: run for run in api.list_runs().runs}
    assert set(runs) == {run_id, other}
    assert runs[other].status is RunStatus.PAUSED
    assert api.list_events(run_id)
    api.list_attempts(run_id, "before")
    assert len(api.list_workflows()) > 0
    assert {run.id for run in api.inspect_workflow(people.Holds).runs} == {run_id, other}
    assert api.find_runs_by_payload("x") == ()


@each
def test_the_overview_and_the_figures_are_still_computed(column: Column) -> None:
    driven(people.Holds)
    newer_run(column)
    assert api.read_overview().held.number >= 1
    assert api.read_metrics().runs_held >= 1
    codes = {finding.code for finding in api.diagnose() if finding.severity is Severity.ERROR}
    assert "database_unreachable" not in codes


@each
def test_the_inbox_has_the_other_steps(column: Column) -> None:
    other = driven(people.Holds)
    newer_run(column)
    chief = person("chief", is_superuser=True)
    assert other in {item.run_id for item in api.list_waiting(user=chief).items}
    assert api.count_waiting(chief).number >= 1


@each
def test_the_run_is_explained_and_drawn(column: Column) -> None:
    other = driven(people.Holds)
    run_id = newer_run(column)
    chief = person("chief", is_superuser=True)
    explanation = api.explain_run(run_id, user=chief)
    if column.model in (Run, StepRun):
        assert explanation.reason is api.Reason.UNKNOWN_VALUE
        assert f"“{NEW}”" in explanation.summary
        assert "not known to this version" in explanation.summary
        assert explanation.details["value"] == NEW
    else:
        assert explanation.reason is api.Reason.PAUSED_FOR_MANUAL_ACTION
    json.loads(explanation.model_dump_json())
    assert {one.run_id for one in api.list_available_actions([run_id, other], user=chief)} == {run_id, other}
    for format in ("svg", "dot", "mermaid", "json"):
        drawing = api.draw_run(run_id, format=format)
        assert (NEW in drawing) == (
            column.model in (Run, StepRun) and (format != "mermaid" or column.model is not Run)
        )


PAGES = {
    "run list": lambda run: reverse("admin:squid_mesh_run_changelist"),
    "run": lambda run: reverse("admin:squid_mesh_run_change", args=[run]),
    "raw": lambda run: reverse("admin:squid_mesh_run_raw", args=[run]),
    "steps": lambda run: reverse("admin:squid_mesh_steprun_changelist"),
    "attempts": lambda run: reverse("admin:squid_mesh_attempt_changelist"),
    "events": lambda run: reverse("admin:squid_mesh_auditevent_changelist"),
    "dashboard": lambda run: reverse("admin:squid_mesh_dashboard"),
    "inbox": lambda run: reverse("admin:squid_mesh_inbox"),
    "workflows": lambda run: reverse("admin:squid_mesh_workflows"),
    "workflow": lambda run: reverse("admin:squid_mesh_workflow", args=["host.Holds"]),
}


@each
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_every_page_of_the_console_is_shown(
    page: Callable[[UUID], str], column: Column, client: Client
) -> None:
    run_id = newer_run(column)
    client.force_login(person("chief", is_superuser=True, is_staff=True))
    assert client.get(page(run_id)).status_code == 200


@each
def test_no_action_works_on_a_run_with_an_unknown_status(column: Column) -> None:
    run_id = newer_run(column)
    if column.name == "status":
        with pytest.raises(IllegalAction, match="not known to this version"):
            api.cancel_run(run_id)
    else:
        api.cancel_run(run_id)
        assert api.inspect_run(run_id).status is RunStatus.CANCELLED


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_every_page_is_shown_beside_a_newer_definition(page: Callable[[UUID], str], client: Client) -> None:
    run_id = driven(people.Holds)
    write_newer_definition(run_id)
    client.force_login(person("chief", is_superuser=True, is_staff=True))
    assert client.get(page(run_id)).status_code == 200


def test_a_run_with_a_newer_definition_is_listed_and_shown_with_all_data_masked() -> None:
    run_id = driven(workflows.Chain, {"order_id": 471147114711})
    fingerprint = write_newer_definition(run_id)
    assert [run.id for run in api.list_runs().runs] == [run_id]
    run = api.inspect_run(run_id, history=True)
    assert run.fingerprint == fingerprint
    assert "format 2" in run.definition_problem
    assert {step.name for step in run.steps} == {"one", "two", "three"}
    assert all(value == MASK for value in run.payload.values())
    assert run.state == {}
    assert all(step.output in (None, MASK) and step.input in (None, MASK) for step in run.steps)
    assert run.events
    assert "471147114711" not in str([run.payload, run.state, run.steps])
    assert api.find_runs_by_payload("471147114711") == ()


def test_a_run_with_a_newer_definition_has_no_graph_and_no_actions() -> None:
    other = driven(people.Holds)
    run_id = driven(people.Holds)
    write_newer_definition(run_id)
    chief = person("chief", is_superuser=True)
    with pytest.raises(UnreadableDefinition):
        api.draw_run(run_id)
    with pytest.raises(UnreadableDefinition):
        api.cancel_run(run_id)
    assert [one.next_actions for one in api.list_available_actions([run_id], user=chief)] == [()]
    assert [item.run_id for item in api.list_waiting(user=chief).items] == [other]
    assert [one.code for one in api.diagnose() if one.code == "definition_unreadable"]
    assert api.inspect_workflow(people.Holds).runs


def test_a_worker_executes_other_runs_beside_a_newer_one() -> None:
    started = api.start_run(workflows.Single).id
    write_unknown(Run, "status", NEW, pk=started)
    assert api.inspect_run(driven(workflows.Single)).status is RunStatus.COMPLETED
    assert api.inspect_run(started).status == NEW


def test_a_member_is_read_as_the_member_and_other_text_as_itself() -> None:
    assert read_value(RunStatus, "paused") is RunStatus.PAUSED
    unknown = read_value(RunStatus, NEW)
    assert isinstance(unknown, Unrecognized)
    assert (unknown, unknown.value, str(unknown)) == (NEW, NEW, NEW)
