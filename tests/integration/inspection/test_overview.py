"""How everything stands: what is counted, and that counting stops."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from squid_mesh import api
from squid_mesh.definitions.request import Request
from squid_mesh.engine.clock import triggers
from squid_mesh.inspection import overview
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.store.clock import database_time
from tests.host import people, workflows
from tests.host.held_runs import create_held_runs
from tests.host.runs import claim, driven
from tests.host.steps import Broken

ASKED = Request(kind="approval")


def test_runs_are_counted_by_status_finished_ones_of_the_last_day_only(plan: dict[str, Any]) -> None:
    plan["only"] = [None, Broken("no"), None]
    driven(workflows.Single)
    failed = driven(workflows.Single)
    long_ago = driven(workflows.Single)
    Run.objects.filter(pk=long_ago).update(created_at=database_time("default") - timedelta(hours=25))
    api.start_run(workflows.Single)
    create_held_runs(people.Reviews, "review", 2, request=ASKED)
    found = api.read_overview()
    counted = {count.status.value: count.number for count in found.counts if count.number}
    assert counted == {"pending": 1, "completed": 1, "failed": 1, "paused": 2}
    assert [run.id for run in found.failures] == [failed]
    assert found.held == api.Count(number=2)
    assert found.count(RunStatus.COMPLETED).recent_only
    assert not found.count(RunStatus.PAUSED).recent_only


def test_due_late_and_lost_steps_are_counted() -> None:
    now = database_time("default")
    api.start_run(workflows.Single)
    late = api.start_run(workflows.Single)
    StepRun.objects.filter(run_id=late.id).update(due_at=now - timedelta(minutes=2))
    lost = api.start_run(workflows.Single)
    claim(lost.id)
    StepRun.objects.filter(run_id=lost.id).update(lease_until=now - timedelta(seconds=1))
    found = api.read_overview()
    assert (found.due.number, found.late.number, found.lost.number) == (2, 1, 1)
    assert found.due_since == now - timedelta(minutes=2)
    assert [run.id for run in found.longest] == [lost.id]


def test_the_next_triggers_and_the_slowest_steps_are_listed() -> None:
    triggers.sync_triggers()
    run_id = driven(workflows.Chain)
    found = api.read_overview()
    windows = [trigger.next_time for trigger in found.triggers]
    assert windows == sorted(windows)
    assert ("host.Twice", "nightly") in {(one.workflow, one.name) for one in found.triggers}
    assert {one.step for one in found.slowest} == {"one", "two", "three"}
    assert {one.longest_run for one in found.slowest} == {run_id}
    assert all(0 <= one.mean <= one.longest for one in found.slowest)


def test_counting_stops_at_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "MOST", 3)
    create_held_runs(people.Reviews, "review", 3, request=ASKED)
    assert api.read_overview().held == api.Count(number=3)
    create_held_runs(people.Reviews, "review", 1, request=ASKED)
    assert api.read_overview().held == api.Count(number=3, more=True)


def test_the_cost_does_not_grow_with_the_number_of_runs(django_assert_max_num_queries: Any) -> None:
    for number in (1, 200):
        create_held_runs(people.Reviews, "review", number, request=ASKED)
        with django_assert_max_num_queries(22):
            api.read_overview()


@pytest.mark.django_db(transaction=True)
def test_the_async_function_returns_the_same() -> None:
    create_held_runs(people.Reviews, "review", 2, request=ASKED)
    assert async_to_sync(api.aread_overview)().counts == api.read_overview().counts
