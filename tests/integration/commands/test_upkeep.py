"""``manage.py squid_mesh sweep`` and ``prune``."""

from __future__ import annotations

import getpass
import logging
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db.models import F

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.models import Run, StepRun
from squid_mesh.store.clock import now_plus
from tests.host import workflows
from tests.host.runs import claim, driven, events, seen, statuses
from tests.host.shell import shell


def lose(count: int) -> None:
    """Let workers take that many steps and be lost with them."""
    for _ in range(count):
        claim(api.start_run(workflows.Chain).id)
    StepRun.objects.filter(lease_until__isnull=False).update(lease_until=now_plus(-60))


class TestSweep:
    def test_what_lost_workers_hold_is_taken_back_and_counted(self) -> None:
        lose(2)
        said = shell("sweep")
        assert (said.out, said.code) == ("Steps taken back from lost workers: 2.\n", 0)
        assert {step.status for step in StepRun.objects.all()} == {"ready"}
        assert shell("sweep", "--json").json == {"taken_back": 0, "executed": 0}

    def test_more_than_a_clusters_look_takes_are_taken_back(self) -> None:
        like = api.start_run(workflows.Chain).id
        StepRun.objects.filter(run_id=like).delete()
        lose(103)
        assert shell("sweep", "--json").json["taken_back"] == 103

    def test_nothing_is_executed_unless_that_is_wanted(self) -> None:
        run_id = api.start_run(workflows.Chain).id
        shell("sweep")
        assert seen(run_id).status == "pending"
        said = shell("sweep", "--work", "60")
        assert said.out.endswith("Steps executed: 3.\n")
        assert seen(run_id).status == "completed"

    def test_what_was_taken_back_is_executed_at_once(self) -> None:
        lose(1)
        assert shell("sweep", "--work", "60", "--json").json == {"taken_back": 1, "executed": 3}
        run = Run.objects.get()
        assert statuses(run.pk)["three"] == "completed"
        assert "attempt_interrupted" in events(run.pk)

    def test_a_time_that_is_none_is_a_wrong_argument(self) -> None:
        assert shell("sweep", "--work", "0").code == 2
        assert shell("sweep", "--work", "soon").code == 2
        with pytest.raises(InvalidArgument):
            api.execute_due(0)

    def test_the_async_twins_do_the_same(self) -> None:
        lose(1)
        assert async_to_sync(api.arecover_steps)() == 1
        assert async_to_sync(api.aexecute_due)(60) == 3


class TestPrune:
    @pytest.fixture(autouse=True)
    def _old(self, plan) -> None:
        """Two runs that completed, one that failed, all long ago, and one of today."""
        driven(workflows.Chain)
        driven(workflows.Single)
        plan["only"] = [ValueError("no")]
        driven(workflows.Single)
        back = timedelta(days=100)
        Run.objects.update(created_at=F("created_at") - back, finished_at=F("finished_at") - back)
        driven(workflows.Spread)

    def test_a_dry_run_counts_and_removes_nothing(self) -> None:
        said = shell("prune", "--older-than", "90d", "--dry-run")
        assert said.code == 0
        lines = [line.split()[:3] for line in said.out.splitlines()[1:3]]
        assert lines == [["host.Chain", "completed", "1"], ["host.Single", "completed", "1"]]
        assert "2 runs would be removed." in said.out
        counted = shell("prune", "--older-than", "90d", "--dry-run", "--json", "--status", "failed").json
        assert [(row["workflow"], row["status"], row["runs"]) for row in counted] == [
            ("host.Single", "failed", 1)
        ]
        assert Run.objects.count() == 4
        assert "no such runs" in shell("prune", "--older-than", "900d", "--dry-run").out

    def test_what_was_counted_is_removed(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, logger="squid_mesh.engine"):
            said = shell("prune", "--older-than", "90d")
        assert said.out.startswith("Removed: 2 runs with 4 steps, 4 attempts, 0 decisions and 4 events;")
        assert set(Run.objects.values_list("status", "workflow")) == {
            ("failed", "host.Single"),
            ("completed", "host.Spread"),
        }
        assert f"for shell:{getpass.getuser()}" in caplog.text

    def test_json_is_the_counts_of_what_is_gone(self) -> None:
        removed = shell(
            "prune", "--older-than", "2400h", "--status", "failed", "--status", "completed", "--json"
        ).json
        assert (removed["runs"], removed["steps"]) == (3, 5)

    def test_one_workflow(self) -> None:
        assert shell("prune", "--older-than", "90d", "--workflow", "host.Chain", "--json").json["runs"] == 1
        said = shell("prune", "--older-than", "90d", "--workflow", "host.Chian", "--json")
        assert (said.code, said.error["code"]) == (1, "workflow_not_found")

    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["--older-than", "90"],
            ["--older-than", "d"],
            ["--older-than", "99999999999999w"],
            ["--older-than", "90d", "--status", "running"],
        ],
    )
    def test_wrong_arguments_end_with_2_and_remove_nothing(self, arguments: list[str]) -> None:
        assert shell("prune", *arguments).code == 2
        assert Run.objects.count() == 4
