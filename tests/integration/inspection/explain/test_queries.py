"""An explanation costs a few queries, however long the run is and for every user."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from squid_mesh import Workflow, api, approval, complete, fail, step
from squid_mesh.definitions import registry
from squid_mesh.exceptions import InvalidArgument, RunNotFound
from squid_mesh.models import AuditEvent
from tests.host import people, steps
from tests.host.people import person
from tests.host.runs import driven
from tests.integration.inspection.explain.situations import SITUATIONS, build_situation

Plan = dict[str, Any]
MOST = 8


def cost(run_id: Any, user: Any = None) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        api.explain_run(run_id, user=user)
    return len(queries)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_costs_a_few_queries_for_every_user(name: str, plan: Plan) -> None:
    run_id = build_situation(name, plan)
    ada = person("ada", "squid_mesh.decide_approval", groups=("Finance",))
    assert cost(run_id) <= 5
    assert cost(run_id, person("bob")) <= MOST
    assert cost(run_id, ada) <= MOST


def many(count: int) -> type[Workflow]:
    """Build a workflow of that many approvals at once, each for its own group."""
    body: dict[str, Any] = {"start": step(steps.act)}
    flow: list[Any] = []
    for n in range(count):
        body[f"review{n}"] = asked = approval(groups=[f"Group {n}"], quorum=2)
        flow += [body["start"] >> asked >> complete, asked.on("rejected") >> fail]
    return type(f"Many{count}", (Workflow,), {**body, "flow": flow, "__module__": __name__})


def test_an_explanation_costs_the_same_for_one_step_as_for_many(plan: Plan) -> None:
    found = []
    for count in (1, 40):
        with registry.isolate():
            run_id = driven(many(count))
            user = person(f"user{count}", groups=("Group 0",))
            for n in range(count):
                voter = person(f"voter{count}-{n}", groups=(f"Group {n}",))
                api.approve_run(run_id, step=f"review{n}", actor=voter)
            result = api.explain_run(run_id, user=user)
            assert len(result.open) == count
            found.append((cost(run_id), cost(run_id, person(f"cold{count}", groups=("Group 1",)))))
    assert found[0] == found[1]
    assert max(found[1]) <= MOST


def test_a_long_history_is_not_read_but_the_cancelling_person_is_named(plan: Plan) -> None:
    run_id = driven(people.Holds)
    api.cancel_run(run_id, actor="the order desk", reason="a duplicate")
    for n in range(120):
        api.comment_run(run_id, f"comment {n}")
    result = api.explain_run(run_id)
    assert AuditEvent.objects.filter(run_id=run_id).count() == 123
    assert result.details["by"] == "the order desk"
    assert [event.type for event in result.events] == ["run_started", "run_cancelled"]


def test_a_missing_run_raises_run_not_found() -> None:
    with pytest.raises(RunNotFound):
        api.explain_run("01890000-0000-7000-8000-000000000000")
    with pytest.raises(InvalidArgument):
        api.explain_run("no id")


def test_the_async_functions_return_the_same() -> None:
    run_id = driven(people.Holds)
    assert async_to_sync(api.aexplain_run)(run_id).reason is api.Reason.PAUSED_FOR_MANUAL_ACTION
    assert async_to_sync(api.alist_clusters)() == ()
