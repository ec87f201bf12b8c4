"""A damaged or newer JSON value of one row never hurts other rows, and every surface names it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import JSONField, Model
from django.test import Client
from django.urls import reverse

from squid_mesh import api
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.exceptions import SquidMeshError, UnreadableRow
from squid_mesh.models import Definition, Run, StoredJSONField
from squid_mesh.store.definitions import read_blueprint
from tests.host import people
from tests.host.people import person
from tests.host.runs import driven
from tests.host.shell import shell
from tests.integration.newer_rows import write_unknown

GARBAGE = {
    "a list": "[]",
    "an object": "{}",
    "a text": '"broken"',
    "a number": "7",
    "null": "null",
    "a newer shape": json.dumps({"version": 9, "kind": {"new": []}, "exits": 5, "error": {}, "type": 1}),
    "keys of another type": json.dumps({"message": [1], "details": [2], "visit": {}, "form_schema": [3]}),
    "a list of numbers": "[1, 2]",
    "a list of lists": "[[1], {}]",
    "a deep list": "[" * 300 + "]" * 300,
    "a deep object": '{"a":' * 300 + "1" + "}" * 300,
    "a long number": '{"a": ' + "9" * 5_000 + "}",
}
if connection.vendor != "postgresql":  # which stores no such JSON
    GARBAGE |= {
        "a lone surrogate": '{"a": "\\ud800", "message": "\\uD800"}',
        "no JSON": "{broken",
        "no text": "",
    }
#: What fits a column without being damaged.
FITTING = {
    "any JSON": set(GARBAGE)
    - {"a deep list", "a deep object", "a long number", "a lone surrogate", "no JSON", "no text"},
    "an object": {"an object", "a newer shape", "keys of another type"},
    "an object with a type and a message as texts": {"an object"},
    "a list of texts": {"a list"},
    "a list of paths": {"a list"},
    "a list of places": {"a list"},
}
COLUMNS = {
    f"{model.__name__}.{field.name}": (model, field)
    for model in apps.get_app_config("squid_mesh").get_models()
    if not model._meta.proxy
    for field in model._meta.concrete_fields
    if isinstance(field, JSONField)
}
#: The columns that the doctor reads.
SCANNED = (
    *("Run.secrets", "Run.error", "Run.tags", "Run.schedule", "Run.trace"),
    *("StepRun.secrets", "StepRun.error", "StepRun.request"),
)
each = pytest.mark.parametrize("name", COLUMNS)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    read_blueprint.cache_clear()
    yield
    read_blueprint.cache_clear()


def fits(name: str, garbage: str) -> bool:
    """Return whether the value is one that this version reads."""
    if name == "StepRun.request":
        return False  # the step waits for an answer, so it has a request
    if name == "Cluster.missing":
        return True  # no run names it, and the cluster's next heartbeat writes it again
    field = COLUMNS[name][1]
    return garbage in FITTING[field.shape.value] or (garbage == "null" and field.null)


def known(name: str, *permissions: str, **options: Any) -> User:
    """Return the user of that name, created at the first call."""
    return User.objects.filter(username=name).first() or person(name, *permissions, **options)


def voted_run() -> UUID:
    """A run with a row in every table: one of two people has approved."""
    ClusterHeartbeat(1).beat()
    run_id = driven(people.FourEyes)
    api.approve_run(run_id, actor=known("ada", "squid_mesh.decide_approval"))
    return run_id


def keys_of(model: type[Model], run_id: UUID) -> dict[str, Any]:
    """Return which rows of the table are the run's."""
    if model.__name__ == "Cluster":
        return {}
    paths = {"Definition": "runs", "Run": "pk", "Attempt": "step__run_id", "Decision": "step__run_id"}
    path = paths.get(model.__name__, "run_id")
    key = model._base_manager.filter(**{path: run_id}).values_list("pk", flat=True).last()
    return {"pk": key}


def damage(name: str, text: str, run_id: UUID) -> None:
    model, field = COLUMNS[name]
    write_unknown(model, field.column, text, **keys_of(model, run_id))
    read_blueprint.cache_clear()


def test_every_json_column_says_what_its_values_are() -> None:
    assert len(COLUMNS) >= 16
    assert [name for name, (_, field) in COLUMNS.items() if not isinstance(field, StoredJSONField)] == []


def check_api(name: str, garbage: str, bad: UUID, other: UUID) -> None:
    model, field = COLUMNS[name]
    chief = known("chief", is_superuser=True)
    run = api.inspect_run(bad, history=True)
    named = {(value.table, value.column) for value in run.unreadable}
    if model is Definition:
        assert bool(run.definition_problem) or fits(name, garbage)
    else:
        assert ((model._meta.db_table, field.column) in named) is not fits(name, garbage), (name, garbage)
    json.loads(run.model_dump_json())
    assert {one.id for one in api.list_runs().runs} == {bad, other}
    explanation = api.explain_run(bad, user=chief)
    json.loads(explanation.model_dump_json())
    if name == "StepRun.request":
        assert explanation.reason is api.Reason.UNREADABLE_ROW
        assert "squid_mesh_steprun" in explanation.summary
    page = api.list_waiting(user=chief)
    assert other in {item.run_id for item in page.items}
    assert api.count_waiting(chief).number >= 1
    if name == "StepRun.request":
        assert [one.run_id for one in page.unreadable] == [bad]
    assert {one.run_id for one in api.list_available_actions([bad, other], user=chief)} == {bad, other}
    assert api.explain_run(other).reason is api.Reason.PAUSED_FOR_MANUAL_ACTION
    api.find_runs_by_payload("9")
    api.list_events(bad)
    api.list_attempts(bad, "review")


@each
def test_the_api_shows_the_other_rows_and_names_the_bad_one(name: str) -> None:
    bad, other = voted_run(), driven(people.Holds)
    for garbage, text in GARBAGE.items():
        damage(name, text, bad)
        check_api(name, garbage, bad, other)


@each
@pytest.mark.parametrize("garbage", ["a list", "a newer shape"])
def test_overviews_count_the_row_and_the_doctor_names_it(name: str, garbage: str) -> None:
    bad = voted_run()
    damage(name, GARBAGE[garbage], bad)
    assert len(api.list_workflows()) > 0
    assert [run.id for run in api.inspect_workflow(people.FourEyes).runs] == [bad]
    assert api.read_overview().held.number == 1
    assert api.read_metrics().runs_held == 1
    found = {finding.code: finding for finding in api.diagnose()}
    if name in SCANNED and not fits(name, garbage):
        model, field = COLUMNS[name]
        named = {(value["table"], value["column"]) for value in found["unreadable_row"].details["values"]}
        assert (model._meta.db_table, field.column) in named


PAGES: dict[str, Callable[[UUID], str]] = {
    "run list": lambda run: reverse("admin:squid_mesh_run_changelist"),
    "run": lambda run: reverse("admin:squid_mesh_run_change", args=[run]),
    "raw": lambda run: reverse("admin:squid_mesh_run_raw", args=[run]),
    "inbox": lambda run: reverse("admin:squid_mesh_inbox"),
    "dashboard": lambda run: reverse("admin:squid_mesh_dashboard"),
    "workflow": lambda run: reverse("admin:squid_mesh_workflow", args=["host.FourEyes"]),
    "steps": lambda run: reverse("admin:squid_mesh_steprun_changelist"),
    "attempts": lambda run: reverse("admin:squid_mesh_attempt_changelist"),
    "events": lambda run: reverse("admin:squid_mesh_auditevent_changelist"),
}
ACTIONS = ("cancel_run", "decide_approval", "skip_step", "rewind_run", "comment_run")


@each
@pytest.mark.parametrize("kind", ["a list", "a newer shape", "keys of another type", "a long number"])
def test_every_page_is_shown_and_names_the_bad_row(name: str, kind: str, client: Client) -> None:
    model, field = COLUMNS[name]
    bad, other = voted_run(), driven(people.Holds)
    damage(name, GARBAGE[kind], bad)
    client.force_login(known("chief", is_superuser=True, is_staff=True))
    for page, address in PAGES.items():
        shown = client.get(address(bad))
        assert shown.status_code == 200, page
        if page == "run" and model is not Definition and not fits(name, kind):
            assert f"Column {field.column} of row " in shown.content.decode()
        if page == "run list":
            assert str(other) in shown.content.decode()
        if page == "inbox":
            assert "Is the warehouse ready?" in shown.content.decode()
            assert ("Column request of row " in shown.content.decode()) is (name == "StepRun.request")
    for action in ACTIONS:
        step = "" if action in ("cancel_run", "comment_run") else "?step=review"
        url = reverse("admin:squid_mesh_run_act", args=[bad, action]) + step
        assert client.get(url).status_code in (200, 404, 409), action


COMMANDS = (
    *("runs", "inspect RUN --history", "explain RUN", "workflows", "metrics --json", "triggers", "sweep"),
    *("graph RUN --format dot", "prune --older-than 1d --dry-run"),
)


@each
def test_every_command_works_and_inspect_names_the_bad_row(name: str) -> None:
    bad = voted_run()
    for kind in ("a list", "a newer shape", "keys of another type", "a long number"):
        damage(name, GARBAGE[kind], bad)
        for verb in COMMANDS:
            result = shell(*(str(bad) if word == "RUN" else word for word in verb.split()))
            assert "Traceback" not in result.out + result.err
            if verb.startswith("inspect") and name != "Definition.blueprint" and not fits(name, kind):
                assert f"Column {COLUMNS[name][1].column} of row " in result.out


@each
def test_the_run_can_be_cancelled_and_pruned(name: str) -> None:
    if name == "Definition.blueprint":
        pytest.skip("every action needs the definition")
    for garbage in ("a list", "a newer shape", "keys of another type", "a long number"):
        bad = voted_run()
        damage(name, GARBAGE[garbage], bad)
        api.cancel_run(bad, reason=garbage)
        assert api.inspect_run(bad).status == "cancelled"
        old = datetime(2020, 1, 1, tzinfo=UTC)
        Run.objects.filter(pk=bad).update(created_at=old, finished_at=old)
        assert api.prune_runs(older_than=timedelta(days=1)).runs == 1


@pytest.mark.parametrize("kind", ["an object", "a list", "a newer shape", "keys of another type"])
def test_answering_a_step_that_can_not_be_read_is_a_typed_error(kind: str) -> None:
    bad = voted_run()
    damage("StepRun.request", GARBAGE[kind], bad)
    bob = known("bob", "squid_mesh.decide_approval")
    with pytest.raises(UnreadableRow) as caught:
        api.approve_run(bad, actor=bob, data=None)
    assert caught.value.code == "unreadable_row"
    assert caught.value.details["table"] == "squid_mesh_steprun"
    assert caught.value.details["column"] == "request"
    with pytest.raises(SquidMeshError):
        api.skip_step(bad, "review", actor=known("chief", is_superuser=True))


@pytest.mark.parametrize("column", ["payload", "tags", "schedule"])
def test_a_replay_copies_no_value_that_can_not_be_read(column: str) -> None:
    bad = voted_run()
    api.cancel_run(bad)
    damage(f"Run.{column}", "7", bad)
    with pytest.raises(UnreadableRow) as caught:
        api.replay_run(bad)
    assert caught.value.details["column"] == column
    assert Run.objects.count() == 1


def test_paths_of_secrets_that_can_not_be_read_mask_the_whole_value() -> None:
    bad = driven(people.Reviews, {"order_id": 4711})
    assert api.inspect_run(bad).payload == {"order_id": 4711}
    damage("Run.secrets", '{"newer": true}', bad)
    assert "4711" not in str(api.inspect_run(bad).payload)
    assert "4711" not in str(api.inspect_run(bad).state)
