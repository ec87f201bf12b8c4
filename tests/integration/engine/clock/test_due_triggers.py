"""Due triggers: synchronising, firing exactly once, policies, and operators' changes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection

from squid_mesh import Workflow, api, cron, step
from squid_mesh.definitions import registry
from squid_mesh.engine.clock import due_triggers, triggers
from squid_mesh.exceptions import InvalidArgument, NotPermitted, TriggerNotFound
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Run, StepRun, Trigger
from squid_mesh.store.clock import database_time
from tests.host import steps, workflows
from tests.host.runs import fast_forward, run_until_idle
from tests.host.steps import Broken

NAME = workflows.Clocked.workflow_name
NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)


def sync_at(moment: datetime) -> int:
    return triggers.sync_triggers(lambda now: moment)


def fire_at(moment: datetime) -> timedelta | None:
    return due_triggers.fire_due_triggers(lambda now: moment)


def run_times(trigger: str) -> list[str]:
    """Return the scheduled times that have a run, in order, as hour and minute."""
    runs = Run.objects.filter(workflow=NAME, trigger=trigger, schedule__isnull=False)
    found = [run.schedule["scheduled_time"] for run in runs.order_by("created_at", "id")]
    return [text[11:16] for text in found]


def row(name: str) -> Trigger:
    return Trigger.objects.get(workflow=NAME, name=name)


def test_the_databases_time_is_the_databases() -> None:
    one, other = database_time("default"), database_time("default")
    assert one.utcoffset() == timedelta(0)
    assert one <= other
    assert abs(one - datetime.now(UTC)) < timedelta(seconds=5)


def test_synchronising_gives_each_trigger_a_row_and_its_next_time() -> None:
    assert sync_at(NINE) == len(triggers.list_declared_triggers()) >= 5
    assert row("every").next_time == NINE + timedelta(minutes=10)
    found = {t.name: t for t in api.list_triggers() if t.workflow == NAME}
    assert sorted(found) == ["alone", "every", "last", "prompt"]
    assert not any(t.drift for t in api.list_triggers())
    assert sync_at(NINE + timedelta(hours=1)) == 0
    assert row("every").next_time == NINE + timedelta(minutes=10)


def test_what_is_not_due_does_not_fire() -> None:
    sync_at(NINE)
    assert fire_at(NINE + timedelta(minutes=9, seconds=59)) == timedelta(seconds=1)
    assert not Run.objects.exists()


def test_a_scheduled_time_starts_one_run_that_knows_it(plan: dict[str, Any]) -> None:
    sync_at(NINE)
    now = NINE + timedelta(minutes=10, seconds=1)
    fire_at(now)
    fire_at(now + timedelta(seconds=1))
    assert run_times("every") == run_times("last") == run_times("prompt") == run_times("alone") == ["09:10"]

    run = Run.objects.get(trigger="every")
    run_until_idle()
    expected = {
        "trigger": "every",
        "expression": "*/10 * * * *",
        "timezone": "Etc/UTC",
        "scheduled_time": "2026-11-24T09:10:00+00:00",
        "next_scheduled_time": "2026-11-24T09:20:00+00:00",
        "fired_at": now.isoformat(),
        "key": "cron:every:2026-11-24T09:10:00Z",
    }
    assert api.inspect_run(run.pk).schedule == expected
    assert next(c for c in steps.CONTEXTS if c.run_id == run.pk).schedule == expected
    assert run.idempotency_key == expected["key"]
    every = row("every")
    assert (every.last_time, every.last_fired_at) == (NINE + timedelta(minutes=10), now)
    assert (every.last_run_id, every.next_time) == (run.pk, NINE + timedelta(minutes=20))


def test_a_replay_keeps_the_scheduled_time() -> None:
    sync_at(NINE)
    fire_at(NINE + timedelta(minutes=10))
    run_until_idle()
    run = Run.objects.get(trigger="last")
    replay = api.replay_run(run.pk)
    run_until_idle()
    assert api.inspect_run(replay.id).schedule == run.schedule
    assert steps.CONTEXTS[-1].schedule == run.schedule
    assert replay.idempotency_key is None


def test_the_policy_decides_which_missed_times_start_runs() -> None:
    sync_at(NINE)
    fire_at(NINE + timedelta(minutes=45))
    assert run_times("every") == ["09:10", "09:20", "09:30", "09:40"]
    assert run_times("last") == ["09:40"]
    assert run_times("prompt") == []
    assert (row("last").skipped_time, row("last").skip_reason) == (
        NINE + timedelta(minutes=30),
        "catch_up=latest",
    )
    assert row("prompt").skipped_time == NINE + timedelta(minutes=40)
    fire_at(NINE + timedelta(minutes=50))
    for name in ("every", "last", "prompt"):
        assert run_times(name)[-1] == "09:50"


def test_all_missed_times_of_a_long_outage_start_runs() -> None:
    sync_at(NINE)
    fire_at(NINE + timedelta(hours=20))
    caught_up = run_times("every")
    assert len(caught_up) == len(set(caught_up)) == 120
    assert row("every").next_time == NINE + timedelta(hours=20, minutes=10)


def test_a_scheduled_time_is_skipped_while_a_run_of_its_trigger_is_open() -> None:
    sync_at(NINE)
    fire_at(NINE + timedelta(minutes=10))
    fire_at(NINE + timedelta(minutes=20))
    assert run_times("alone") == ["09:10"]
    assert run_times("last") == ["09:10", "09:20"]
    skipped = row("alone")
    open_run = Run.objects.get(trigger="alone")
    assert skipped.skipped_time == NINE + timedelta(minutes=20)
    assert skipped.skip_reason == f"run {open_run.pk} is not finished"
    run_until_idle()
    fire_at(NINE + timedelta(minutes=30))
    assert run_times("alone") == ["09:10", "09:30"]


def test_a_run_started_by_hand_does_not_overlap() -> None:
    sync_at(NINE)
    api.start_run(workflows.Clocked, trigger="alone")
    fire_at(NINE + timedelta(minutes=10))
    assert run_times("alone") == ["09:10"]


@pytest.mark.django_db(transaction=True)  # the log records are written at the commit
def test_a_run_that_cannot_start_is_logged_and_tried_again_until_it_can(
    plan: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    sync_at(NINE)
    plan["made_at"] = Broken("no default today")
    now = NINE + timedelta(minutes=10)
    fire_at(now)
    assert not Run.objects.exists()
    assert row("every").error == "Broken: no default today"
    assert "can't start its run" in caplog.text
    plan["made_at"] = "then"
    assert fire_at(now + timedelta(seconds=29)) == timedelta(seconds=1)
    fire_at(now + timedelta(seconds=30))
    assert run_times("every") == run_times("last") == run_times("prompt") == ["09:10"]
    assert row("every").error == ""
    assert row("every").next_time == NINE + timedelta(minutes=20)


def test_a_scheduled_time_fires_once_even_if_the_row_is_set_back(plan: dict[str, Any]) -> None:
    sync_at(NINE)
    fire_at(NINE + timedelta(minutes=10))
    Trigger.objects.update(next_time=NINE + timedelta(minutes=10), due_at=NINE + timedelta(minutes=10))
    plan["made_at"] = "another default"  # so that the second start conflicts with the first
    fire_at(NINE + timedelta(minutes=11))
    assert run_times("every") == ["09:10"]
    assert row("every").last_run_id == Run.objects.get(trigger="every").pk
    assert row("every").next_time == NINE + timedelta(minutes=20)


def test_a_trigger_whose_code_is_not_installed_is_left_to_other_clusters() -> None:
    sync_at(NINE)
    Trigger.objects.filter(workflow=NAME).update(workflow="elsewhere.Flow")
    fire_at(NINE + timedelta(minutes=30))
    assert not Run.objects.filter(workflow=NAME).exists()


def test_a_changed_expression_applies_from_now_on() -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(expression="0 0 1 1 *", next_time=None, due_at=None)
    found = next(t for t in api.list_triggers() if t.name == "every")
    assert found.drift == "expression '0 0 1 1 *' in the database, '*/10 * * * *' in the code"
    assert sync_at(NINE + timedelta(hours=2)) == 1
    assert row("every").next_time == NINE + timedelta(hours=2, minutes=10)


def test_a_changed_policy_keeps_the_next_time() -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(catch_up="none")
    assert sync_at(NINE + timedelta(hours=2)) == 1
    assert row("every").next_time == NINE + timedelta(minutes=10)
    assert row("every").catch_up == "all"


def test_a_trigger_removed_from_the_code_stops_firing_and_stays_as_history() -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(name="former")
    assert [t.drift for t in api.list_triggers() if t.name == "former"] == [
        "in the database but not declared in the code"
    ]
    sync_at(NINE)
    former = row("former")
    assert (former.declared, former.next_time, former.due_at) == (False, None, None)
    fire_at(NINE + timedelta(minutes=10))
    assert run_times("former") == []
    listed = next(t for t in api.list_triggers() if t.name == "former")
    assert (listed.declared, listed.drift) == (False, "")


def test_a_trigger_that_comes_back_starts_from_now() -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(declared=False, next_time=None, due_at=None)
    sync_at(NINE + timedelta(hours=5))
    assert row("every").next_time == NINE + timedelta(hours=5, minutes=10)


def test_a_disabled_trigger_does_not_fire_and_catches_nothing_up() -> None:
    triggers.sync_triggers()
    api.change_trigger(workflows.Clocked, "every", enabled=False, actor="the night shift")
    later = database_time("default") + timedelta(hours=3)
    fire_at(later)
    assert run_times("every") == []
    found = api.change_trigger(NAME, "every", enabled=True, actor="the night shift")
    assert found.next_time is not None
    assert found.next_time - database_time("default") <= timedelta(minutes=10)
    assert found.changed_by == "the night shift"


def test_synchronising_keeps_an_operators_expression() -> None:
    user = User.objects.create_user("ada")
    user.user_permissions.add(Permission.objects.get(codename="change_trigger"))
    triggers.sync_triggers()
    found = api.change_trigger(NAME, "every", expression="0 12 * * *", timezone="Asia/Tokyo", actor=user)
    assert (found.expression, found.timezone, found.overridden) == ("0 12 * * *", "Asia/Tokyo", True)
    assert found.next_time is not None
    assert (found.next_time.hour, found.next_time.minute) == (3, 0)
    assert triggers.sync_triggers() == 0
    assert row("every").effective_expression == "0 12 * * *"
    assert row("every").changed_by_key == str(user.pk)
    back = api.change_trigger(NAME, "every", expression="", timezone="", actor=user)
    assert (back.expression, back.overridden) == ("*/10 * * * *", False)


def test_a_user_without_the_permission_changes_no_trigger() -> None:
    triggers.sync_triggers()
    with pytest.raises(NotPermitted) as caught:
        api.change_trigger(NAME, "every", enabled=False, actor=User.objects.create_user("eve"))
    assert caught.value.details == {"action": "change_trigger", "permission": "squid_mesh.change_trigger"}
    assert row("every").enabled


def test_a_trigger_whose_default_raises_a_database_error_blocks_no_other(plan: dict[str, Any]) -> None:
    sync_at(NINE)
    plan["made_at"] = OperationalError("no such table")
    midnight = NINE.replace(hour=0) + timedelta(days=1)
    nightly = workflows.Twice.workflow_name
    Trigger.objects.filter(workflow=nightly).update(next_time=midnight, due_at=midnight)
    fire_at(midnight)
    assert Run.objects.get().workflow == nightly
    assert row("every").error == "OperationalError: no such table"
    plan["made_at"] = "then"
    fire_at(midnight + timedelta(seconds=30))
    assert run_times("last") == ["00:00"]


@pytest.mark.django_db(transaction=True)  # the log records are written at the commit
def test_an_unknown_timezone_blocks_no_other_trigger_and_loses_no_scheduled_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(timezone_override="Mars/Base")
    fire_at(NINE + timedelta(minutes=10))
    assert run_times("last") == ["09:10"]
    assert run_times("every") == []
    assert "The timezone 'Mars/Base' doesn't exist on this machine" in row("every").error
    assert "can't fire" in caplog.text
    Trigger.objects.filter(name="every").update(timezone_override="")
    fire_at(NINE + timedelta(minutes=11))
    assert run_times("every") == ["09:10"]


def test_synchronising_survives_a_trigger_that_cannot_fire_here() -> None:
    sync_at(NINE)
    Trigger.objects.filter(name="every").update(timezone_override="Mars/Base", expression="0 0 1 1 *")
    assert sync_at(NINE) == 1
    assert (row("every").next_time, "Mars/Base" in row("every").error) == (None, True)
    Trigger.objects.filter(name="every").update(timezone_override="")
    fire_at(NINE + timedelta(minutes=3))
    assert run_times("every") == []
    assert row("every").next_time == NINE + timedelta(minutes=10)


def test_an_invalid_expression_or_timezone_is_rejected_and_nothing_is_written() -> None:
    triggers.sync_triggers()
    with pytest.raises(InvalidArgument, match="doesn't have five fields") as caught:
        api.change_trigger(NAME, "every", expression="@daily")
    assert caught.value.details == {"argument": "expression"}
    with pytest.raises(InvalidArgument, match="did you mean 'Europe/Paris'"):
        api.change_trigger(NAME, "every", timezone="Europe/Pariss")
    with pytest.raises(TriggerNotFound):
        api.change_trigger(NAME, "never", enabled=False)
    assert not row("every").changed_by_text
    assert row("every").enabled


def test_a_new_trigger_is_listed_as_not_synchronised() -> None:
    with registry.isolate():

        class Fresh(Workflow):
            nightly = cron("0 3 * * *")
            only = step(steps.act)

        (found,) = api.list_triggers()
        assert (found.name, found.drift) == ("nightly", "declared in the code but not in the database")
        assert api.refresh_triggers() == 1
        (found,) = api.list_triggers()
        assert (found.drift, found.enabled) == ("", True)


@pytest.mark.django_db(transaction=True)
def test_concurrent_clocks_start_each_run_once() -> None:
    sync_at(NINE)
    moments = [NINE + timedelta(minutes=10 * n) for n in range(1, 9)]
    failures: list[BaseException] = []

    def clock() -> None:
        try:
            for moment in moments:
                while (left := fire_at(moment)) is not None and left <= timedelta(0):
                    pass
        except BaseException as error:  # noqa: BLE001 - the test asserts it
            failures.append(error)
        finally:
            connection.close()

    clocks = [threading.Thread(target=clock) for _ in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    assert not failures
    for name in ("every", "last", "prompt"):
        found = [run.schedule["scheduled_time"] for run in Run.objects.filter(trigger=name).order_by("pk")]
        assert len(found) == len(set(found)) == len(moments)
        assert all(one < other for one, other in pairwise(sorted(found)))


class TestStartAt:
    def test_a_run_waits_for_its_start_time(self, calls: list[str]) -> None:
        later = database_time("default") + timedelta(hours=1)
        run = api.start_run(workflows.Single, start_at=later)
        assert run_until_idle() == 0
        assert api.inspect_run(run.id).status is RunStatus.PENDING
        assert StepRun.objects.get().due_at == later
        assert fast_forward(run.id) == 1
        run_until_idle()
        assert api.inspect_run(run.id).status is RunStatus.COMPLETED

    def test_a_time_that_has_passed_means_at_once(self) -> None:
        run = api.start_run(workflows.Single, start_at=database_time("default") - timedelta(days=1))
        run_until_idle()
        assert api.inspect_run(run.id).status is RunStatus.COMPLETED

    def test_a_time_without_a_timezone_is_refused(self) -> None:
        with pytest.raises(InvalidArgument, match="start_at needs a timezone"):
            api.start_run(workflows.Single, start_at=datetime(2030, 1, 1))  # noqa: DTZ001 - that is the test
        assert not Run.objects.exists()

    def test_a_run_that_has_not_started_is_cancelled_at_once(self) -> None:
        run = api.start_run(workflows.Single, start_at=database_time("default") + timedelta(hours=1))
        assert api.cancel_run(run.id).status is RunStatus.CANCELLED

    def test_the_history_records_the_start_time(self) -> None:
        later = database_time("default") + timedelta(hours=1)
        run = api.start_run(workflows.Single, start_at=later)
        assert api.inspect_run(run.id, history=True).events[0].data["start_at"] == later.isoformat()
