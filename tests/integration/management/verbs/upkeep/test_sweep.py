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
    """Claim that many steps as workers that die."""
    for _ in range(count):
        claim(api.start_run(workflows.Chain).id)
    StepRun.objects.filter(lease_until__isnull=False).update(lease_until=now_plus(-60))


class TestSweep:
    def test_steps_of_dead_workers_are_recovered_and_counted(self) -> None:
        lose(2)
        result = shell("sweep")
        assert (result.out, result.code) == ("Steps recovered from dead workers: 2.\n", 0)
        assert {step.status for step in StepRun.objects.all()} == {"ready"}
        assert shell("sweep", "--json").json == {"recovered": 0, "executed": 0}

    def test_more_steps_than_one_query_reads_are_recovered(self) -> None:
        like = api.start_run(workflows.Chain).id
        StepRun.objects.filter(run_id=like).delete()
        lose(103)
        assert shell("sweep", "--json").json["recovered"] == 103

    def test_due_steps_are_executed_only_with_work(self) -> None:
        run_id = api.start_run(workflows.Chain).id
        shell("sweep")
        assert seen(run_id).status == "pending"
        result = shell("sweep", "--work", "60")
        assert result.out.endswith("Steps executed: 3.\n")
        assert seen(run_id).status == "completed"

    def test_recovered_steps_are_executed_at_once(self) -> None:
        lose(1)
        assert shell("sweep", "--work", "60", "--json").json == {"recovered": 1, "executed": 3}
        run = Run.objects.get()
        assert statuses(run.pk)["three"] == "completed"
        assert "attempt_interrupted" in events(run.pk)

    def test_an_invalid_time_is_an_invalid_argument(self) -> None:
        assert shell("sweep", "--work", "0").code == 2
        assert shell("sweep", "--work", "soon").code == 2
        with pytest.raises(InvalidArgument):
            api.execute_due(0)

    def test_the_async_functions_do_the_same(self) -> None:
        lose(1)
        assert async_to_sync(api.arecover_steps)() == 1
        assert async_to_sync(api.aexecute_due)(60) == 3


class TestPrune:
    @pytest.fixture(autouse=True)
    def _old(self, plan) -> None:
        """Create two completed runs and a failed one of long ago, and one of today."""
        driven(workflows.Chain)
        driven(workflows.Single)
        plan["only"] = [ValueError("no")]
        driven(workflows.Single)
        back = timedelta(days=100)
        Run.objects.update(created_at=F("created_at") - back, finished_at=F("finished_at") - back)
        driven(workflows.Spread)

    def test_a_dry_run_counts_and_deletes_nothing(self) -> None:
        result = shell("prune", "--older-than", "90d", "--dry-run")
        assert result.code == 0
        lines = [line.split()[:3] for line in result.out.splitlines()[1:3]]
        assert lines == [["host.Chain", "completed", "1"], ["host.Single", "completed", "1"]]
        assert "2 runs would be deleted." in result.out
        counted = shell("prune", "--older-than", "90d", "--dry-run", "--json", "--status", "failed").json
        assert [(row["workflow"], row["status"], row["runs"]) for row in counted] == [
            ("host.Single", "failed", 1)
        ]
        assert Run.objects.count() == 4
        assert shell("prune", "--older-than", "900d", "--dry-run").out == "Nothing to prune.\n"

    def test_the_counted_runs_are_deleted(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, logger="squid_mesh.engine"):
            result = shell("prune", "--older-than", "90d")
        assert result.out.startswith("Deleted: 2 runs with 4 steps, 4 attempts, 0 decisions and 4 events;")
        assert set(Run.objects.values_list("status", "workflow")) == {
            ("failed", "host.Single"),
            ("completed", "host.Spread"),
        }
        assert f"for shell:{getpass.getuser()}" in caplog.text

    def test_json_output_is_the_counts_of_deleted_rows(self) -> None:
        removed = shell(
            "prune", "--older-than", "2400h", "--status", "failed", "--status", "completed", "--json"
        ).json
        assert (removed["runs"], removed["steps"]) == (3, 5)

    def test_only_runs_of_the_named_workflow_are_deleted(self) -> None:
        assert shell("prune", "--older-than", "90d", "--workflow", "host.Chain", "--json").json["runs"] == 1
        result = shell("prune", "--older-than", "90d", "--workflow", "host.Chian", "--json")
        assert (result.code, result.error["code"]) == (1, "workflow_not_found")

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
    def test_invalid_arguments_give_exit_code_2_and_delete_nothing(self, arguments: list[str]) -> None:
        assert shell("prune", *arguments).code == 2
        assert Run.objects.count() == 4
