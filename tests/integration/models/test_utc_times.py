"""Times don't depend on the time zone of the database, its server or its session."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections, models
from django.db.models import F, Max, Min
from django.utils import timezone

from squid_mesh import api, conf
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.engine.clock.due_triggers import fire_due_triggers
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Cluster, Run, StepRun, Trigger, UtcDateTimeField
from squid_mesh.store.backend import backend_of
from squid_mesh.store.clock import DatabaseNow, database_time, now_plus
from tests.host import workflows
from tests.host.runs import claim, driven, run_until_idle

NEAR = timedelta(seconds=30)
HOUR = timedelta(hours=1)
#: In Berlin, both are at 02:30 on a clock, and the first is in summer time.
FOLD = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, 0, 7, tzinfo=UTC))
#: In Berlin, no clock shows that time as a local one: they go from 02:00 to 03:00.
GAP = datetime(2026, 3, 29, 2, 30, tzinfo=UTC)


def _forget_time_zone() -> None:
    for name in ("timezone", "timezone_name"):
        connections["default"].__dict__.pop(name, None)  # cached properties


@pytest.fixture(params=[None, "UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"], autouse=True)
def database_time_zone(request: pytest.FixtureRequest, db: None) -> Iterator[str | None]:
    """``TIME_ZONE`` of the database's settings; the session's is another one still, where it can be."""
    usual = connection.settings_dict["TIME_ZONE"]
    connection.settings_dict["TIME_ZONE"] = request.param
    _forget_time_zone()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.ensure_timezone()
        if connection.vendor == "mysql":
            cursor.execute("SET time_zone = '+05:30'")
    yield request.param
    connection.settings_dict["TIME_ZONE"] = usual
    _forget_time_zone()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.ensure_timezone()
        if connection.vendor == "mysql":
            cursor.execute("SET time_zone = DEFAULT")


def _near_now(moment: datetime | None) -> bool:
    assert moment is not None
    assert moment.utcoffset() == timedelta(0)
    return abs(moment - datetime.now(UTC)) < NEAR


def test_every_time_of_the_app_is_stored_in_utc() -> None:
    fields = [
        field
        for model in apps.get_app_config("squid_mesh").get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.DateField | models.TimeField)
    ]
    assert fields
    assert [field for field in fields if not isinstance(field, UtcDateTimeField)] == []


def test_the_clock_of_the_database_is_utc() -> None:
    assert _near_now(database_time(conf.database()))
    Cluster.objects.bulk_create(
        [
            Cluster(
                name="x",
                host="x",
                pid=1,
                workers=1,
                version="1",
                started_at=DatabaseNow(),
                seen_at=now_plus(3600),
            )
        ]
    )
    row = Cluster.objects.annotate(now=DatabaseNow(), later=now_plus(7200)).get()
    assert _near_now(row.started_at)
    assert _near_now(row.seen_at - HOUR)
    assert _near_now(row.now)
    assert _near_now(row.later - 2 * HOUR)
    assert Cluster.objects.filter(seen_at__gt=now_plus(3500), seen_at__lt=now_plus(3700)).exists()


@pytest.mark.parametrize("moment", [*FOLD, GAP])
def test_a_stored_time_is_the_same_when_it_is_read(moment: datetime) -> None:
    run_id = driven(workflows.Single)
    berlin = moment.astimezone(timezone.get_fixed_timezone(60))
    for given in (moment, berlin):
        Run.objects.filter(pk=run_id).update(created_at=given)
        assert Run.objects.get().created_at == moment
        assert Run.objects.get().created_at.utcoffset() == timedelta(0)
        assert Run.objects.filter(created_at=given).exists()
        assert Run.objects.filter(created_at__in=[given]).exists()
        assert Run.objects.filter(created_at__range=(given, given)).exists()
        assert not Run.objects.filter(created_at__lt=given).exists()
        assert list(Run.objects.values_list("created_at", flat=True)) == [moment]
        assert Run.objects.aggregate(first=Min("created_at"))["first"] == moment
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT CAST(created_at AS CHAR) FROM squid_mesh_run")
            assert cursor.fetchone()[0].startswith(moment.strftime("%Y-%m-%d %H:%M"))


def test_the_repeated_hour_of_autumn_keeps_its_order() -> None:
    first, second = (driven(workflows.Single) for _ in FOLD)
    for run_id, moment in zip((first, second), FOLD, strict=True):
        Run.objects.filter(pk=run_id).update(created_at=moment)
    assert list(Run.objects.order_by("created_at").values_list("pk", flat=True)) == [first, second]
    ends = Run.objects.aggregate(first=Min("created_at"), last=Max("created_at"))
    assert (ends["first"], ends["last"]) == FOLD
    page = api.list_runs(limit=1)
    assert [run.id for run in page.runs] == [second]
    assert [run.id for run in api.list_runs(limit=1, after=page.next).runs] == [first]


def test_a_run_is_created_now_and_executed_at_once() -> None:
    run = api.start_run(workflows.Chain)
    assert _near_now(run.created_at)
    assert run_until_idle()
    found = api.inspect_run(run.id, history=True)
    assert found.status == RunStatus.COMPLETED
    assert _near_now(found.started_at)
    assert _near_now(found.finished_at)
    assert all(_near_now(event.created_at) for event in found.events)
    assert all(_near_now(attempt.ended_at) for step in found.steps for attempt in step.attempts)


@pytest.mark.parametrize("seconds", [-2, 2, 1800, 5400])
def test_a_start_is_due_at_that_time(seconds: int) -> None:
    start_at = datetime.now(UTC) + timedelta(seconds=seconds)
    run = api.start_run(workflows.Single, start_at=start_at)
    step = StepRun.objects.get()
    assert step.due_at == start_at
    due = backend_of(conf.database()).find_due_work(10)
    assert due.steps == (1 if seconds < 0 else 0)
    if seconds > 0:
        assert due.next_in == pytest.approx(seconds, abs=seconds / 2 + 1)
    run_until_idle()
    expected = RunStatus.COMPLETED if seconds < 0 else RunStatus.PENDING
    assert api.inspect_run(run.id).status == expected


def test_a_lease_ends_after_its_seconds() -> None:
    api.start_run(workflows.Single)
    claim()
    step = StepRun.objects.get()
    assert step.lease_until is not None
    assert _near_now(step.lease_until - timedelta(seconds=30))
    assert not backend_of(conf.database()).find_due_work(10).expired
    StepRun.objects.update(lease_until=F("lease_until") - timedelta(seconds=40))
    assert backend_of(conf.database()).find_due_work(10).expired


def test_pruning_counts_the_age_from_the_end() -> None:
    old, young = driven(workflows.Single), driven(workflows.Single)
    for run_id, minutes in ((old, 61), (young, 59)):
        past = timedelta(minutes=minutes)
        Run.objects.filter(pk=run_id).update(created_at=now_plus(-9999), finished_at=F("finished_at") - past)
    assert api.prune_runs(older_than=HOUR).runs == 1
    assert Run.objects.get().pk == young


def test_a_trigger_fires_at_its_time_and_not_before() -> None:
    api.refresh_triggers()
    Trigger.objects.update(due_at=None)
    trigger = Trigger.objects.filter(workflow="host.Clocked").first()
    assert trigger is not None
    now = database_time(conf.database())

    def fired_with(due: datetime) -> bool:
        Run.objects.all().delete()
        Trigger.objects.filter(pk=trigger.pk).update(next_time=due, due_at=due)
        fire_due_triggers(lambda moment: moment)
        return Run.objects.exists()

    assert not fired_with(now + timedelta(minutes=30))
    assert fired_with(now - timedelta(seconds=5))


def test_the_doctor_and_the_list_of_clusters_see_no_difference() -> None:
    api.refresh_triggers()
    ClusterHeartbeat(1).beat()
    assert {finding.code for finding in api.diagnose()} <= {"decider_unknown"}  # no groups exist here
    (cluster,) = api.list_clusters()
    assert cluster.alive
    assert _near_now(cluster.seen_at)


def test_an_explanation_names_the_scheduled_time() -> None:
    start_at = datetime.now(UTC) + HOUR
    run_id = api.start_run(workflows.Single, start_at=start_at).id
    found: dict[str, Any] = api.explain_run(run_id).model_dump(mode="json")
    assert found["reason"] == "step_scheduled"
    assert start_at.strftime("%Y-%m-%dT%H:%M") in str(found)
