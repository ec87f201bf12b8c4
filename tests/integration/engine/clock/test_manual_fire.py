"""Firing a cron trigger by hand: a run beside its windows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from squid_mesh import api
from squid_mesh.engine.clock import triggers
from squid_mesh.exceptions import (
    IllegalAction,
    InvalidArgument,
    NotPermitted,
    PayloadError,
    TriggerNotFound,
)
from squid_mesh.models import Run, Trigger
from squid_mesh.testing import run_until_idle
from tests.host import steps, workflows
from tests.host.people import person
from tests.host.runs import seen

NAME = workflows.Clocked.workflow_name


@pytest.fixture(autouse=True)
def synchronised(db: None) -> None:
    triggers.sync_triggers()


def test_it_starts_a_run_whose_window_is_this_moment() -> None:
    before = Trigger.objects.get(workflow=NAME, name="every")
    run = api.fire_trigger(NAME, "every", actor="ada", reason="the feed was down")
    assert (run.workflow, run.trigger, run.status) == (NAME, "every", "pending")
    schedule = seen(run.id).schedule
    assert schedule["scheduled_time"] == schedule["fired_at"]
    assert abs(datetime.fromisoformat(schedule["scheduled_time"]) - datetime.now(UTC)).total_seconds() < 60
    assert schedule["key"].startswith("fired:every:")
    (event,) = seen(run.id).events
    assert (event.type, event.actor, event.comment) == ("run_started", "ada", "the feed was down")
    after = Trigger.objects.get(workflow=NAME, name="every")
    assert (after.next_time, after.due_at, after.last_run) == (before.next_time, before.due_at, None)
    assert api.fire_trigger(workflows.Clocked, "every").id != run.id


def test_one_that_is_switched_off_fires_by_hand() -> None:
    api.change_trigger(NAME, "every", enabled=False)
    assert api.fire_trigger(NAME, "every")
    assert Trigger.objects.get(workflow=NAME, name="every").next_time is None


def test_a_user_needs_the_permission_to_start_runs() -> None:
    with pytest.raises(NotPermitted) as caught:
        api.fire_trigger(NAME, "every", actor=person("eve", "squid_mesh.change_trigger"))
    assert caught.value.details["permission"] == "squid_mesh.start_run"
    assert not Run.objects.exists()
    assert api.fire_trigger(NAME, "every", actor=person("ada", "squid_mesh.start_run"))


def test_runs_that_must_not_overlap_do_not() -> None:
    first = api.fire_trigger(NAME, "alone")
    with pytest.raises(IllegalAction) as caught:
        api.fire_trigger(NAME, "alone")
    assert caught.value.details["run_id"] == str(first.id)
    run_until_idle()
    assert api.fire_trigger(NAME, "alone")


def test_a_trigger_that_is_not_there_or_gone_from_the_code_does_not_fire() -> None:
    with pytest.raises(TriggerNotFound):
        api.fire_trigger(NAME, "never")
    Trigger.objects.filter(workflow=NAME, name="every").update(name="gone")
    with pytest.raises(TriggerNotFound):
        api.fire_trigger(NAME, "gone")
    assert not Run.objects.exists()


def test_a_timezone_that_is_not_here_is_told() -> None:
    Trigger.objects.filter(workflow=NAME, name="every").update(timezone_override="Mars/Olympus")
    with pytest.raises(InvalidArgument) as caught:
        api.fire_trigger(NAME, "every")
    assert "Mars/Olympus" in str(caught.value)


def test_a_default_that_does_not_fit_is_told(plan: dict[str, Any]) -> None:
    plan["made_at"] = steps.Broken("no time")
    with pytest.raises((PayloadError, steps.Broken)):
        api.fire_trigger(NAME, "every")
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_twin_does_the_same() -> None:
    triggers.sync_triggers()
    assert async_to_sync(api.afire_trigger)(NAME, "every").trigger == "every"
