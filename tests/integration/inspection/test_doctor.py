"""The doctor: each problem is created, found, and no longer found once it is fixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings
from pydantic import BaseModel

from squid_mesh import Defer, api
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.dispatch.pulse import Event, Pulse
from squid_mesh.engine.clock.due_triggers import fire_due_triggers
from squid_mesh.inspection import doctor
from squid_mesh.inspection.doctor.diagnosis import examine
from squid_mesh.models import Cluster, Run, StepRun, Trigger
from squid_mesh.store.clock import now_plus
from squid_mesh.store.clusters import add_cluster, show_missing
from squid_mesh.store.values import MissingCode
from tests.host import people, steps, workflows
from tests.host.pooler import pooler
from tests.host.runs import claim, driven, fast_forward, run_until_idle, seen
from tests.integration.newer_rows import write_unknown

only_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite")
only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="about PostgreSQL")


@pytest.fixture(autouse=True)
def healthy(db: None) -> None:
    """An installation with a running cluster, and the groups that the workflows name."""
    Group.objects.bulk_create(Group(name=name) for name in ("Board", "Finance", "Legal", "Warehouse"))
    api.refresh_triggers()
    ClusterHeartbeat(1).beat()


def stall(**columns: Any) -> None:
    """Add a second cluster, on another machine, that reports and is stuck since two minutes ago."""
    add_cluster(
        name="stuck", host="elsewhere", pid=7, workers=2, version=version(), supervised=False, using="default"
    )
    Cluster.objects.filter(pid=7).update(**dict.fromkeys(columns, now_plus(-120)))


def version() -> str:
    return Cluster.objects.get(pid=1).version


def found() -> dict[str, api.Finding]:
    """The findings by their code."""
    return {finding.code: finding for finding in api.diagnose()}


def only(code: str) -> api.Finding:
    """Return the only finding."""
    (finding,) = api.diagnose()
    assert finding.code == code
    assert finding.problem.endswith(".")
    assert finding.fix.endswith(".")
    return finding


def ask(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def test_a_healthy_installation_has_no_findings() -> None:
    driven(workflows.Chain)
    api.start_run(workflows.Sleeps, start_at=datetime.now(UTC) + timedelta(days=1))
    assert api.diagnose() == ()


def test_errors_come_before_warnings() -> None:
    Cluster.objects.all().delete()
    Trigger.objects.filter(name="every").update(expression="0 0 * * *")
    assert [finding.severity for finding in api.diagnose()] == ["error", "warning"]


def test_every_finding_is_documented() -> None:
    written = "".join(path.read_text() for path in Path(doctor.__file__).parent.glob("*.py"))
    codes = set(re.findall(r'(?:error|warning)\(\s*"(\w+)"', written))
    documented = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
    assert len(codes) > 15
    assert not [code for code in codes if f"`{code}`" not in documented]


class TestSettings:
    def test_a_message_of_the_system_checks_is_a_finding_with_its_fix(self) -> None:
        with override_settings(Q_CLUSTER={**settings.Q_CLUSTER, "broker_class": None}):
            finding = only("squid_mesh.W001")
            assert finding.severity == "warning"
            assert "squid_mesh.dispatch.broker.Broker" in finding.fix
        assert not found()

    def test_invalid_settings_are_the_only_finding(self) -> None:
        with override_settings(SQUID_MESH={"LEASE": 1}):
            assert only("squid_mesh.E001").severity == "error"

    def test_an_unknown_database_alias_is_found(self) -> None:
        with override_settings(SQUID_MESH={"DATABASE": "nowhere"}):
            finding = only("squid_mesh.E006")
            assert "'nowhere'" in finding.problem
            assert "default" in finding.fix

    def test_a_retry_before_the_timeout_is_found(self) -> None:
        with override_settings(Q_CLUSTER={**settings.Q_CLUSTER, "retry": 10, "timeout": 20}):
            assert only("queue_timing").details == {"retry": 10, "timeout": 20}
        with override_settings(Q_CLUSTER={**settings.Q_CLUSTER, "retry": 21, "timeout": 20}):
            assert not found()

    def test_a_lease_that_is_too_short_is_found(self) -> None:
        with override_settings(SQUID_MESH={"LEASE_SECONDS": 2}):
            least = only("lease_short").details["least"]
        with override_settings(SQUID_MESH={"LEASE_SECONDS": least}):
            assert not found()


class TestDatabase:
    def test_unapplied_migrations_are_the_only_finding(self) -> None:
        recorder = MigrationRecorder(connection)
        recorder.record_unapplied("squid_mesh", "0001_initial")
        assert "0001_initial" in only("migrations_missing").details["migrations"]
        recorder.record_applied("squid_mesh", "0001_initial")
        assert not found()

    @pytest.mark.parametrize(("hours", "text"), [(1, "3600 s ahead of"), (-1, "3600 s behind")])
    def test_a_clock_that_differs_is_found(self, hours: int, text: str) -> None:
        (finding,) = examine(lambda: datetime.now(UTC) + timedelta(hours=hours))
        assert finding.code == "clock_skew"
        assert text in finding.problem
        assert abs(finding.details["seconds"] - hours * 3600) < 5

    @only_sqlite
    @pytest.mark.django_db(transaction=True)
    def test_a_short_busy_timeout_is_found(self) -> None:
        (before,) = ask("PRAGMA busy_timeout")
        ask("PRAGMA busy_timeout = 100")
        try:
            assert only("sqlite_busy_timeout").details == {"seconds": 0.1}
        finally:
            ask(f"PRAGMA busy_timeout = {before}")
        assert not found()

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.skipif(connection.vendor not in ("sqlite", "postgresql"), reason="not a setting there")
    def test_a_database_that_may_lose_committed_data_is_found(self) -> None:
        off, on = {
            "sqlite": ("PRAGMA synchronous = OFF", "PRAGMA synchronous = NORMAL"),
            "postgresql": ("SET synchronous_commit = off", "SET synchronous_commit = on"),
        }[connection.vendor]
        ask(off)
        try:
            assert only("not_durable").severity == "warning"
        finally:
            ask(on)
        assert not found()

    @only_postgres
    @pytest.mark.django_db(transaction=True)
    def test_a_pooler_is_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        direct = dict(connection.settings_dict)
        options = {**direct.get("OPTIONS", {}), "sslmode": "disable", "gssencmode": "disable"}
        with pooler(direct) as port:
            connection.close()
            with monkeypatch.context() as patched:
                for key, value in {"HOST": "127.0.0.1", "PORT": port, "OPTIONS": options}.items():
                    patched.setitem(connection.settings_dict, key, value)
                assert only("connection_pooler").severity == "warning"
                connection.close()
        assert not found()

    @only_postgres
    def test_a_stricter_isolation_level_is_found(self) -> None:
        ask("SET default_transaction_isolation = 'repeatable read'")
        assert only("isolation_level").details == {"level": "repeatable read"}
        ask("SET default_transaction_isolation = 'read committed'")
        assert not found()


class TestClusters:
    def test_no_running_cluster_is_found(self) -> None:
        Cluster.objects.update(seen_at=now_plus(-3600))
        finding = only("no_cluster")
        assert finding.severity == "error"
        assert "The last one was tests on " in finding.problem
        Cluster.objects.all().delete()
        assert only("no_cluster").details == {"last_seen_at": None}
        ClusterHeartbeat(2).beat()
        assert not found()

    def test_different_versions_are_found(self) -> None:
        ClusterHeartbeat(2).beat()
        Cluster.objects.filter(pid=2).update(version="0.0.1")
        assert "0.0.1" in only("cluster_versions").details["versions"]
        Cluster.objects.filter(pid=2).update(seen_at=now_plus(-3600))
        assert not found()


class TestTriggers:
    def test_a_trigger_that_differs_from_the_code_is_found(self) -> None:
        Trigger.objects.filter(name="every").update(expression="0 0 * * *")
        finding = only("trigger_drift")
        assert (finding.severity, finding.details["trigger"]) == ("warning", "every")
        api.refresh_triggers()
        assert not found()

    def test_a_trigger_that_cannot_fire_is_found(self, plan: dict[str, Any]) -> None:
        plan["made_at"] = ValueError("no clock")
        fire_due_triggers(lambda now: now + timedelta(minutes=10))
        failing = [f for f in api.diagnose() if f.code == "trigger_error"]
        assert {"every", "last", "alone"} <= {finding.details["trigger"] for finding in failing}
        assert all("no clock" in finding.problem for finding in failing)
        assert "error" in {finding.severity for finding in failing}
        del plan["made_at"]
        fire_due_triggers(lambda now: now + timedelta(minutes=20))
        assert "trigger_error" not in found()

    def test_an_unknown_timezone_is_found(self) -> None:
        Trigger.objects.filter(name="every").update(timezone_override="Mars/Olympus")
        finding = only("timezone_unknown")
        assert finding.details["timezone"] == "Mars/Olympus"
        api.change_trigger(workflows.Clocked, "every", timezone="")
        assert not found()


def behind(column: str, seconds: float) -> None:
    """Set that time of the steps to the given seconds ago."""
    StepRun.objects.filter(**{f"{column}__isnull": False}).update(**{column: now_plus(-seconds)})


class TestCode:
    @pytest.fixture(autouse=True)
    def _forget(self) -> Iterator[None]:
        load_code.cache_clear()
        yield
        load_code.cache_clear()

    def test_missing_code_of_unfinished_runs_is_found(self) -> None:
        driven(workflows.Single)
        run_id = api.start_run(workflows.Chain).id
        load_code.cache_clear()
        with pytest.MonkeyPatch.context() as patched:
            patched.delattr(steps, "act")
            finding = only("code_missing")
            assert finding.severity == "error"
            assert finding.details == {"workflow": "host.Chain", "path": "tests.host.steps:act"}
            api.cancel_run(run_id)
            assert not found()
            api.start_run(workflows.Chain)
            assert found()
        assert not found()

    def test_a_cluster_without_the_code_of_a_step_is_found(self) -> None:
        row = Cluster.objects.get()
        lacking = [
            MissingCode(definition="a" * 64, step="pay", path="shop.steps:pay"),
            MissingCode(definition="b" * 64, step="pay", path="shop.steps:pay"),
            MissingCode(definition="c" * 64),
        ]
        show_missing(row.pk, lacking, "default")
        finding = only("cluster_lacks_code")
        assert finding.severity == "warning"
        assert finding.problem.endswith("it can't run their code: shop.steps:pay, definition cccccccc.")
        assert finding.details["pid"] == row.pid
        assert len(finding.details["missing"]) == 3
        Cluster.objects.update(seen_at=now_plus(-31))
        assert "cluster_lacks_code" not in found()

    def test_approvals_that_wait_for_another_form_are_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Changed(BaseModel):
            discount: int
            approver_code: str

        driven(people.Reviews)
        driven(people.Reviews)
        run_id = driven(people.Tariffs)
        monkeypatch.setattr(people, "Terms", Changed)
        monkeypatch.delattr(people, "Tariff")
        load_code.cache_clear()
        changed, gone = (finding for finding in api.diagnose() if finding.code == "form_changed")
        load_code.cache_clear()
        assert changed.details["waiting"] == 2
        assert changed.details["changes"].startswith("required field approver_code was added, ")
        assert gone.details["runs"] == [str(run_id)]
        assert gone.problem.endswith("tests.host.people:Tariff: it is no longer installed.")
        monkeypatch.undo()
        assert "form_changed" not in found()

    def test_a_group_that_does_not_exist_is_found(self) -> None:
        Group.objects.filter(name="Finance").update(name="Finanse")
        named = {one.details["step"]: one for one in api.diagnose() if one.code == "decider_unknown"}
        assert "the group 'Finance', which doesn't exist (did you mean 'Finanse'?)" in named["review"].problem
        Group.objects.filter(name="Finanse").update(name="Finance")
        assert "decider_unknown" not in found()

    def test_a_missing_guard_is_found(self) -> None:
        api.start_run(workflows.Guarded)
        load_code.cache_clear()
        with pytest.MonkeyPatch.context() as patched:
            patched.delattr(steps, "guard")
            assert only("code_missing").details["path"] == "tests.host.steps:guard"


class TestWork:
    def test_steps_that_have_been_due_for_long_are_found(self) -> None:
        first = api.start_run(workflows.Chain).id
        api.start_run(workflows.Single)
        behind("due_at", 50)
        assert not found()
        behind("due_at", 3600)
        StepRun.objects.filter(run_id=first).update(due_at=now_plus(-7200))
        finding = only("work_overdue")
        assert finding.severity == "error"
        assert (finding.details["steps"], finding.details["runs"][0]) == (2, str(first))
        assert "60 s: 2 (run" in finding.problem
        assert "the oldest for 2:00:0" in finding.problem
        assert api.execute_due(60) == 4
        assert not found()

    def lose(self, run_id: UUID) -> None:
        """Let a worker claim the run's due step and be lost."""
        claim(run_id)
        behind("lease_until", 60)

    def test_steps_of_lost_workers_are_found(self) -> None:
        run_id = api.start_run(workflows.Chain).id
        self.lose(run_id)
        assert only("leases_expired").details == {"steps": 1, "runs": [str(run_id)]}
        assert api.recover_steps() == 1
        assert not found()

    def test_steps_stopped_by_the_crash_cap_are_found(self) -> None:
        run_id = api.start_run(workflows.Chain).id
        with override_settings(SQUID_MESH={"CRASH_CAP": 1}):
            self.lose(run_id)
            api.recover_steps()
        finding = only("crash_cap_reached")
        assert (finding.severity, finding.details["runs"]) == ("warning", [str(run_id)])
        api.retry_step(run_id, "one")
        assert not found()

    def test_steps_with_an_unknown_outcome_are_found(self) -> None:
        run_id = api.start_run(workflows.Crashes).id
        self.lose(run_id)
        api.recover_steps()
        run_until_idle()
        assert only("outcome_unknown").details["runs"] == [str(run_id)]
        api.resolve_step(run_id, "left")
        assert seen(run_id).status == "completed"
        assert not found()

    def test_steps_that_defer_themselves_without_a_pause_are_found(self, plan: dict[str, Any]) -> None:
        plan["only"] = lambda ctx: (_ for _ in ()).throw(Defer(hours=1))
        run_id = driven(workflows.Single)
        StepRun.objects.update(deferrals=48)
        fast_forward(run_id)
        run_until_idle()
        assert not found()
        fast_forward(run_id)
        run_until_idle()
        assert only("deferred_too_fast").details["runs"] == [str(run_id)]
        StepRun.objects.update(created_at=now_plus(-60))
        assert not found(), "once a second or slower is a poll"
        StepRun.objects.update(deferrals=100)
        assert only("deferred_too_fast").details["steps"] == 1
        api.skip_step(run_id, "only")
        assert not found()

    def test_all_steps_are_counted_and_the_first_runs_named(self) -> None:
        for _ in range(7):
            api.start_run(workflows.Single)
        behind("due_at", 3600)
        details = only("work_overdue").details
        assert (details["steps"], len(details["runs"])) == (7, 5)


def test_statuses_of_a_newer_version_are_found() -> None:
    for status, run_id in (("archiving", driven(workflows.Single)), ("zipped", driven(workflows.Single))):
        write_unknown(Run, "status", status, pk=run_id)
    driven(workflows.Single)
    found_statuses = [f.details["status"] for f in api.diagnose() if f.code == "unknown_status"]
    assert found_statuses == ["archiving", "zipped"]


class TestStalledClusters:
    def test_a_cluster_that_starts_nothing_is_found_beside_a_healthy_one(self) -> None:
        stall(unstarted_since=True)
        finding = only("cluster_stalled")
        assert (finding.details["host"], finding.details["pid"]) == ("elsewhere", 7)
        assert finding.severity is api.Severity.ERROR
        Cluster.objects.filter(pid=7).update(unstarted_since=None)
        assert not found()

    def test_a_monitor_that_handles_nothing_is_found_beside_a_healthy_cluster(self) -> None:
        stall(unhandled_since=True)
        assert only("monitor_stalled").details["pid"] == 7
        Cluster.objects.filter(pid=7).update(unhandled_since=None)
        assert not found()

    def test_a_stalled_cluster_does_not_count_as_running_in_explanations(self) -> None:
        Cluster.objects.filter(pid=1).update(unstarted_since=now_plus(-60))
        run_id = api.start_run(workflows.Single).id
        explanation = api.explain_run(run_id)
        assert explanation.reason == "no_cluster_running"
        assert "start no steps" in explanation.summary
        assert explanation.details["stalled"] == 1

    def test_a_cluster_shows_what_its_pusher_knows(self) -> None:
        Cluster.objects.all().delete()
        pulse = Pulse()
        pulse.note_sent()
        pulse.record(Event.ENDED)
        pulse.read()
        heartbeat = ClusterHeartbeat(1, pulse)
        heartbeat.beat()
        assert not found()
        pulse._unstarted_since -= 60
        pulse._unhandled_since -= 60
        heartbeat._next = 0.0
        heartbeat.beat()
        assert set(found()) == {"cluster_stalled", "monitor_stalled"}
