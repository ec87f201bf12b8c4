"""What a long run costs to read: twice the steps cost at most about twice the work, pages of it the same.

The work is counted as calls, Python's own included, because durations depend on the machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from squid_mesh import Workflow, api, step
from squid_mesh.definitions import registry
from squid_mesh.inspection.masking import MASK
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.host import steps, workflows
from tests.host.people import person
from tests.host.runs import driven, row, run_until_idle

FEW = 60
Make = Callable[[int], type[Workflow]]


def _workflow(name: str, count: int, flow: Callable[[list[Any]], Any]) -> type[Workflow]:
    body = {f"step{n}": step(steps.act, irreversible=n % 7 == 0) for n in range(count)}
    return type(
        f"{name}{count}", (Workflow,), {**body, "flow": flow(list(body.values())), "__module__": __name__}
    )


def make_chain(count: int) -> type[Workflow]:
    def flow(declared: list[Any]) -> Any:
        chain = declared[0]
        for one in declared[1:]:
            chain = chain >> one
        return chain

    return _workflow("Chain", count, flow)


def make_fan(count: int) -> type[Workflow]:
    return _workflow("Fan", count, lambda declared: declared[0] >> declared[1:-1] >> declared[-1])


def count_calls(task: Callable[[], Any]) -> int:
    """Return the number of calls that the task makes."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        task()
    finally:
        sys.setprofile(before)
    return calls


def run_command(*arguments: Any) -> None:
    call_command("squid_mesh", *map(str, arguments), stdout=StringIO())


TASKS: dict[str, Callable[[Client, UUID], Any]] = {
    "explain": lambda client, run: api.explain_run(run),
    "available": lambda client, run: api.list_available_actions([run]),
    "inspect": lambda client, run: api.inspect_run(run, history=True),
    "svg": lambda client, run: api.draw_run(run),
    "mermaid": lambda client, run: api.draw_run(run, format="mermaid"),
    "page": lambda client, run: client.get(f"/admin/squid_mesh/run/{run}/change/"),
    "graph page": lambda client, run: client.get(f"/admin/squid_mesh/run/{run}/graph/"),
    "raw": lambda client, run: client.get(f"/admin/squid_mesh/run/{run}/raw/"),
    "explain command": lambda client, run: run_command("explain", run),
    "inspect command": lambda client, run: run_command("inspect", run, "--history"),
}


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(person("root", is_superuser=True, is_staff=True))
    return client


@pytest.mark.parametrize("make", [make_chain, make_fan], ids=["chain", "fan"])
def test_twice_the_steps_cost_at_most_about_twice_the_work(make: Make, client: Client) -> None:
    with registry.isolate():
        few, many = (driven(make(count)) for count in (FEW, 2 * FEW))
        for name, task in TASKS.items():
            task(client, many)  # fills the caches
            task(client, few)
            once, twice = (count_calls(partial(task, client, run)) for run in (few, many))
            assert twice < 2.3 * once, (name, once, twice)


def test_a_step_of_a_long_run_costs_a_worker_hardly_more_than_one_of_a_short_run() -> None:
    with registry.isolate():
        costs = []
        for count in (FEW, 2 * FEW):
            workflow = make_chain(count)
            driven(workflow)  # fills the caches
            api.start_run(workflow)
            costs.append(count_calls(run_until_idle) / count)
    assert costs[1] < 1.15 * costs[0], costs


def make_attempts(count: int) -> UUID:
    """Return a run whose step has that many attempts, each with an event."""
    run_id = driven(workflows.Single)
    step = row(run_id, "only")
    first = Attempt.objects.get(step=step)
    error = {"type": "ValueError", "message": "no ink", "traceback": "line of a traceback\n" * 20}
    times = {"started_at": first.started_at, "ended_at": first.ended_at}
    Attempt.objects.bulk_create(
        Attempt(step=step, number=n, worker="w", outcome="failed", error=error, **times)
        for n in range(2, count + 1)
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(run_id=run_id, sequence=n, type="step_retried", step="only", created_at=first.ended_at)
        for n in range(3, count + 3)
    )
    Run.objects.filter(pk=run_id).update(event_count=count + 2)
    StepRun.objects.filter(pk=step.pk).update(attempt_number=count)
    return run_id


def make_visits(count: int) -> UUID:
    """Return a run that has gone back to its step so often."""
    run_id = driven(workflows.Single)
    step = row(run_id, "only")
    StepRun.objects.filter(pk=step.pk).update(visit=count)
    StepRun.objects.bulk_create(
        StepRun(
            run_id=run_id,
            name="only",
            visit=n,
            status="completed",
            outcome="ok",
            output={"n": n},
            current=False,
            created_at=step.created_at,
            started_at=step.started_at,
            finished_at=step.finished_at,
        )
        for n in range(1, count)
    )
    return run_id


@pytest.mark.parametrize("make_run", [make_attempts, make_visits], ids=["attempts", "visits"])
def test_pages_cost_the_same_however_long_the_history_is(
    make_run: Callable[[int], UUID], client: Client
) -> None:
    few, many = make_run(200), make_run(1000)
    for name in ("explain", "available", "svg", "page", "graph page", "raw", "explain command"):
        task = TASKS[name]
        task(client, few)
        once, often = (count_calls(partial(task, client, run)) for run in (few, many))
        assert often < 1.1 * once, (name, once, often)


def test_the_number_of_queries_is_the_same_for_few_and_for_many_steps(client: Client) -> None:
    counts = []
    with registry.isolate():
        for count in (3, FEW):
            run_id = driven(make_chain(count))
            for task in TASKS.values():
                task(client, run_id)
            with CaptureQueriesContext(connection) as queries:
                for task in TASKS.values():
                    task(client, run_id)
            counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_secret_of_a_visit_that_is_left_out_stays_masked(client: Client) -> None:
    run_id = make_visits(60)
    rows = StepRun.objects.filter(run_id=run_id)
    rows.filter(visit=1).update(secrets=[["card"]])
    rows.update(input={"card": "4000-1234"})
    task = f"/admin/squid_mesh/run/{run_id}/change/"
    for shown in (api.inspect_run(run_id, recent=5), api.inspect_run(run_id)):
        assert {step.input["card"] for step in shown.steps if step.input} == {MASK}
    assert "4000-1234" not in client.get(task).content.decode()
