"""Definitions of a later version: left to processes that can read them, and never counted as a crash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import Workflow, api, step
from squid_mesh.definitions import blueprint
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.models import Attempt, AuditEvent, Definition, Run, StepRun
from squid_mesh.store.backend import backend_of
from squid_mesh.store.definitions import UnreadableBlueprint, read_blueprint, read_blueprint_if_possible
from squid_mesh.store.values import DueWork
from tests.host import steps, workflows
from tests.host.runs import claim, run_until_idle

NEWER = Path(__file__).with_name("newer_version.py")
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class Risky(Workflow):
    only = step(steps.act, on_crash="pause")


@pytest.fixture(autouse=True)
def _no_definition_is_known() -> Iterator[None]:
    read_blueprint.cache_clear()
    yield
    read_blueprint.cache_clear()


def make_newer(run_id: UUID, **more: Any) -> None:
    """Change the run's definition as a later version would have written it, with a field of its own."""
    run = Run.objects.select_related("definition").get(pk=run_id)
    stored = run.definition.blueprint | {"format": 2, "later_field": {"a": 1}} | more
    stored["steps"] = [one | {"later_option": True} for one in stored["steps"]]
    Definition.objects.filter(pk=run.definition_id).update(blueprint=stored)
    Run.objects.filter(pk=run_id).update(definition_format=2)
    read_blueprint.cache_clear()


def test_a_run_has_the_format_of_its_definition() -> None:
    run = Run.objects.get(pk=api.start_run(workflows.Single).id)
    assert run.definition_format == run.definition.blueprint["format"] == blueprint.FORMAT


def test_steps_of_a_newer_format_are_neither_claimed_nor_seen_as_due(calls: list[str]) -> None:
    newer = api.start_run(workflows.Single).id
    make_newer(newer)
    assert backend_of("default").find_due_work(5) == DueWork(steps=0, expired=False, next_in=None)
    older = api.start_run(workflows.Chain).id
    assert backend_of("default").find_due_work(5).steps == 1
    run_until_idle()
    assert calls == ["one", "two", "three"]
    assert StepRun.objects.get(run_id=newer).status == "ready"
    assert Run.objects.get(pk=newer).status == "pending"
    assert Run.objects.get(pk=older).status == "completed"


def test_a_later_step_of_a_newer_format_wakes_no_broker() -> None:
    newer = api.start_run(workflows.Single, start_at=datetime(2050, 1, 1, tzinfo=UTC)).id
    assert backend_of("default").find_due_work(5).next_in is not None
    make_newer(newer)
    assert backend_of("default").find_due_work(5).next_in is None


@pytest.mark.parametrize("workflow", [workflows.Single, Risky])
def test_an_expired_lease_of_a_newer_format_is_left_to_others(workflow: type[Workflow]) -> None:
    run_id = api.start_run(workflow).id
    claim(run_id)
    StepRun.objects.update(lease_until=LONG_AGO)
    make_newer(run_id)
    assert not backend_of("default").find_due_work(5).expired
    assert recover_lost_steps() == 0
    only = StepRun.objects.get()
    assert (only.status, only.crashes, only.lease_until) == ("running", 0, LONG_AGO)
    assert not Attempt.objects.exists()
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("workflow", [workflows.Single, Risky])
def test_a_process_that_reads_the_newer_format_goes_on_with_the_run(
    workflow: type[Workflow], monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    run_id = api.start_run(workflow).id
    make_newer(run_id)
    run_until_idle()
    assert calls == []
    monkeypatch.setattr(blueprint, "FORMAT", 2)
    run_until_idle()
    assert calls == ["only"]
    assert Run.objects.get(pk=run_id).status == "completed"


@pytest.mark.django_db(transaction=True)
def test_an_old_and_a_new_worker_side_by_side_lose_no_step(process_environment: dict[str, str]) -> None:
    old = [api.start_run(workflows.Chain).id for _ in range(3)]
    new = [api.start_run(Risky).id for _ in range(3)]
    waits, lost = api.start_run(workflows.Single).id, api.start_run(Risky, tags=["lost"]).id
    claim(lost)
    StepRun.objects.filter(run_id=lost).update(lease_until=LONG_AGO)
    for run_id in (*new, waits):
        make_newer(run_id)
    Run.objects.filter(pk=lost).update(definition_format=2)
    worker = subprocess.Popen(
        [sys.executable, str(NEWER), "30"], env=process_environment, stdout=subprocess.PIPE, text=True
    )
    api.execute_due(seconds=30)
    recover_lost_steps()
    output, _ = worker.communicate(timeout=120)
    assert worker.returncode == 0
    recovered, executed = map(int, output.split())
    assert (recovered, executed >= 4) == (1, True)
    for run_id in (*old, *new, waits):
        assert Run.objects.get(pk=run_id).status == "completed", run_id
    assert set(StepRun.objects.exclude(run_id=lost).values_list("crashes", "attempt_number")) == {(0, 1)}
    assert StepRun.objects.get(run_id=lost).status == "unknown", "the worker that reads it recovers it"
    by_new = Attempt.objects.filter(step__run_id__in=[*new, waits]).values_list("worker", flat=True)
    assert {name.partition(":")[2] for name in by_new} == {str(worker.pid)}


def test_unknown_fields_of_the_same_format_are_ignored(calls: list[str]) -> None:
    run_id = api.start_run(workflows.Single).id
    make_newer(run_id, format=blueprint.FORMAT)
    Run.objects.update(definition_format=blueprint.FORMAT)
    run_until_idle()
    assert calls == ["only"]
    assert read_blueprint(Run.objects.get().definition_id, "default").workflow == Run.objects.get().workflow


def test_a_newer_definition_is_a_typed_error_with_its_format() -> None:
    run_id = api.start_run(workflows.Single).id
    make_newer(run_id)
    fingerprint = Run.objects.get().definition_id
    with pytest.raises(UnreadableDefinition, match="has format 2") as caught:
        read_blueprint(fingerprint, "default")
    assert caught.value.details == {"fingerprint": fingerprint, "format": 2}
    found = read_blueprint_if_possible(fingerprint, "default")
    assert isinstance(found, UnreadableBlueprint)
    assert (found.fingerprint, found.format) == (fingerprint, 2)


@pytest.mark.parametrize("stored", [{"steps": 7}, [], "text", {"format": 1}])
def test_a_definition_that_is_not_valid_is_a_typed_error(stored: Any) -> None:
    api.start_run(workflows.Single)
    Definition.objects.update(blueprint=stored)
    found = read_blueprint_if_possible(Run.objects.get().definition_id, "default")
    assert isinstance(found, UnreadableBlueprint)
    assert ("isn't valid" if isinstance(stored, dict) else "can't be read") in found.message


def test_a_readable_definition_is_its_blueprint() -> None:
    api.start_run(workflows.Single)
    assert (
        read_blueprint_if_possible(Run.objects.get().definition_id, "default") == workflows.Single.blueprint
    )
