"""Firing a cron trigger by hand: a run beside its scheduled times."""

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
from tests.host import steps, workflows
from tests.host.people import person
from tests.host.runs import run_until_idle, seen

NAME = workflows.Clocked.workflow_name


@pytest.fixture(autouse=True)
def synchronised(db: None) -> None:
    triggers.sync_triggers()


def test_firing_starts_a_run_with_the_present_time_as_its_scheduled_time() -> None:
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


def test_a_disabled_trigger_fires_by_hand() -> None:
    api.change_trigger(NAME, "every", enabled=False)
    assert api.fire_trigger(NAME, "every")
    assert Trigger.objects.get(workflow=NAME, name="every").next_time is None


def test_a_user_needs_the_permission_to_start_runs() -> None:
    with pytest.raises(NotPermitted) as caught:
        api.fire_trigger(NAME, "every", actor=person("eve", "squid_mesh.change_trigger"))
    assert caught.value.details["permission"] == "squid_mesh.start_run"
    assert not Run.objects.exists()
    assert api.fire_trigger(NAME, "every", actor=person("ada", "squid_mesh.start_run"))


def test_firing_is_refused_while_a_run_is_open_and_runs_may_not_overlap() -> None:
    first = api.fire_trigger(NAME, "alone")
    with pytest.raises(IllegalAction) as caught:
        api.fire_trigger(NAME, "alone")
    assert caught.value.details["run_id"] == str(first.id)
    run_until_idle()
    assert api.fire_trigger(NAME, "alone")


def test_a_missing_or_removed_trigger_does_not_fire() -> None:
    with pytest.raises(TriggerNotFound):
        api.fire_trigger(NAME, "never")
    Trigger.objects.filter(workflow=NAME, name="every").update(name="gone")
    with pytest.raises(TriggerNotFound):
        api.fire_trigger(NAME, "gone")
    assert not Run.objects.exists()


def test_an_unknown_timezone_is_a_typed_error() -> None:
    Trigger.objects.filter(workflow=NAME, name="every").update(timezone_override="Mars/Olympus")
    with pytest.raises(InvalidArgument) as caught:
        api.fire_trigger(NAME, "every")
    assert "Mars/Olympus" in str(caught.value)


def test_an_invalid_default_is_a_typed_error(plan: dict[str, Any]) -> None:
    plan["made_at"] = steps.Broken("no time")
    with pytest.raises((PayloadError, steps.Broken)):
        api.fire_trigger(NAME, "every")
    assert not Run.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_twin_does_the_same() -> None:
    triggers.sync_triggers()
    assert async_to_sync(api.afire_trigger)(NAME, "every").trigger == "every"
