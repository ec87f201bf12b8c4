"""A run as JSON."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.test import Client

from squid_mesh import api
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.host import workflows
from tests.host.runs import driven, row, run_until_idle
from tests.host.shell import shell

VIEW = "squid_mesh.view_run"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
Plan = dict[str, Any]


def url(run_id: UUID, end: str = "change/") -> str:
    return f"/admin/squid_mesh/run/{run_id}/{end}"


def with_attempts(number: int) -> UUID:
    """Return a run whose step has that many more attempts."""
    run_id = driven(workflows.Single)
    step = row(run_id, "only")
    first = Attempt.objects.get(step=step)
    trace = "Traceback\n" + "  line of a traceback\n" * 40
    Attempt.objects.bulk_create(
        Attempt(
            step=step,
            number=n,
            worker="w",
            outcome="failed",
            error={"type": "ValueError", "message": f"attempt {n}", "traceback": trace},
            started_at=first.started_at + timedelta(seconds=n),
            ended_at=first.started_at + timedelta(seconds=n, milliseconds=100),
        )
        for n in range(2, number + 2)
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(run_id=run_id, sequence=n, type="step_retried", step="only", created_at=first.ended_at)
        for n in range(3, number + 3)
    )
    Run.objects.filter(pk=run_id).update(event_count=number + 2)
    StepRun.objects.filter(pk=step.pk).update(attempt_number=number + 1)
    return run_id


def seconds(task: Callable[[], Any]) -> float:
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


def test_the_raw_json_of_a_long_run_has_its_newest_history_and_says_how_to_get_the_rest(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    run_id = with_attempts(3000)
    admin_client.get(url(run_id, "raw/"))
    with django_assert_max_num_queries(15):
        response = admin_client.get(url(run_id, "raw/"))
    assert len(response.content) < 250_000
    found = response.json()
    attempts, events = found["run"]["steps"][0]["attempts"], found["run"]["events"]
    assert [attempts[0]["number"], attempts[-1]["number"], len(attempts)] == [2902, 3001, 100]
    assert [events[0]["sequence"], events[-1]["sequence"], len(events)] == [2903, 3002, 100]
    left = found["left_out"]
    assert (left["attempts"], left["events"]) == (2901, 2902)
    assert f"manage.py squid_mesh inspect {run_id} --history --json" in left["note"]
    assert len(shell("inspect", run_id, "--history", "--json").json["steps"][0]["attempts"]) == 3001


def test_the_raw_json_of_many_visits_has_the_newest_attempts_of_all_steps(admin_client: Client) -> None:
    run_id = driven(workflows.Chain)
    for _ in range(75):
        api.rewind_run(run_id, "one")
        run_until_idle()
    found = admin_client.get(url(run_id, "raw/")).json()
    attempts = [attempt for step in found["run"]["steps"] for attempt in step["attempts"]]
    assert len(attempts) == 200
    assert found["left_out"]["attempts"] == Attempt.objects.count() - 200
    oldest = Attempt.objects.order_by("-started_at")[199].started_at
    assert min(attempt["started_at"] for attempt in attempts) >= oldest.isoformat()[:19]


def test_the_raw_json_of_a_short_run_is_complete(admin_client: Client) -> None:
    found = admin_client.get(url(driven(workflows.Chain), "raw/")).json()
    assert set(found) == {"run", "explanation"}
