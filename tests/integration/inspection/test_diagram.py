"""Drawing runs and workflows through the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone

from squid_mesh import Outcome, api
from squid_mesh.exceptions import InvalidArgument, RunNotFound, WorkflowNotFound
from squid_mesh.inspection.diagram.formats import FORMATS
from squid_mesh.models import Definition, Run
from tests.host import people, workflows
from tests.host.runs import claim, driven

Plan = dict[str, Any]
NS = "{http://www.w3.org/2000/svg}"


def descriptions(svg: str) -> dict[str, str]:
    """What each step's link says, by its address."""
    links = ET.fromstring(svg).iter(f"{NS}a")
    return {link.get("href", "").removeprefix("#step-"): link.get("aria-label", "") for link in links}


def classes(svg: str) -> list[str]:
    return [element.get("class", "") for element in ET.fromstring(svg).iter()]


def test_a_run_is_drawn_with_the_status_of_each_step(plan: Plan) -> None:
    plan["two"] = ValueError("no ink left")
    svg = api.draw_run(driven(workflows.Chain))
    assert descriptions(svg) == {
        "one": "step one: completed",
        "two": "step two: failed",
        "three": "step three: pending",
    }
    assert ET.fromstring(svg).get("aria-label") == "Graph of a run of host.Chain, failed"


def test_a_step_that_a_worker_holds_is_running(plan: Plan) -> None:
    run_id = api.start_run(workflows.Single).id
    claim(run_id)
    assert descriptions(api.draw_run(run_id)) == {"only": "step only: running"}


def test_a_retry_shows_its_attempt_and_its_time(plan: Plan) -> None:
    plan["right"] = [ValueError("busy")]
    run_id = driven(workflows.Aside)
    due = timezone.localtime(api.inspect_run(run_id).step("right").due_at)
    shown = f"{due:%H:%M:%S}" if due.date() == timezone.localdate() else f"{due.day} {due:%b}, {due:%H:%M}"
    assert descriptions(api.draw_run(run_id))["right"] == f"step right: waiting, next attempt at {shown}"


def test_an_approval_shows_its_deadline() -> None:
    run_id = driven(people.Expires)
    assert (
        timezone.now() < api.inspect_run(run_id).step("review").due_at <= timezone.now() + timedelta(hours=1)
    )
    assert descriptions(api.draw_run(run_id))["review"].startswith("step review: paused, approval due by ")


def test_an_approval_and_a_pause_say_that_they_need_a_person() -> None:
    assert "needs an approval" in descriptions(api.draw_run(driven(people.FourEyes)))["review"]
    assert "needs a person" in descriptions(api.draw_run(driven(people.Holds)))["ready"]


def test_a_step_with_several_visits_is_drawn_once(plan: Plan) -> None:
    plan["check"] = [Outcome("again"), "fine"]
    svg = api.draw_run(driven(people.Loops))
    assert descriptions(svg)["load"] == "step load: completed, visit 2"
    assert any("sqm-edge-back" in kind and "sqm-edge-taken" in kind for kind in classes(svg))


def test_a_run_is_drawn_as_it_was_defined_when_it_started() -> None:
    run_id = api.start_run(workflows.Chain).id
    stored = Definition.objects.get()
    text = stored.blueprint
    text["steps"] = [step | {"name": step["name"].replace("three", "older")} for step in text["steps"]]
    text["edges"] = [edge | {"target": edge["target"].replace("three", "older")} for edge in text["edges"]]
    older = Definition.objects.create(
        fingerprint="older", workflow=stored.workflow, blueprint=text, created_at=stored.created_at
    )
    Run.objects.filter(pk=run_id).update(definition=older)
    assert set(descriptions(api.draw_run(run_id))) == {"one", "two", "older"}
    assert set(descriptions(api.draw_workflow(workflows.Chain))) == {"one", "two", "three"}


def test_a_workflow_is_drawn_by_class_or_by_name() -> None:
    assert api.draw_workflow(workflows.Chain) == api.draw_workflow("host.Chain")
    assert descriptions(api.draw_workflow("host.Chain"))["one"] == "step one"


@pytest.mark.parametrize(
    ("format", "beginning"),
    [("svg", "<svg "), ("dot", "digraph "), ("mermaid", "flowchart "), ("json", '{"title": ')],
)
def test_runs_and_workflows_are_drawn_in_each_format(format: str, beginning: str) -> None:
    assert api.draw_workflow(workflows.Choice, format=format).startswith(beginning)
    assert api.draw_run(driven(workflows.Chain), format=format).startswith(beginning)


def test_an_unknown_format_is_rejected_with_the_known_ones() -> None:
    for draw, what in ((api.draw_workflow, workflows.Chain), (api.draw_run, uuid4())):
        with pytest.raises(InvalidArgument) as caught:
            draw(what, format="png")
        assert caught.value.details["argument"] == "format"
        assert caught.value.details["known"] == ["svg", "dot", "mermaid", "json"]


def test_a_missing_run_or_workflow_is_not_found() -> None:
    with pytest.raises(RunNotFound):
        api.draw_run(uuid4())
    with pytest.raises(InvalidArgument):
        api.draw_run("no id")
    with pytest.raises(WorkflowNotFound):
        api.draw_workflow("host.Never")


def test_drawing_a_run_takes_at_most_three_queries(django_assert_max_num_queries: Any) -> None:
    run_id = driven(workflows.Spread)
    with django_assert_max_num_queries(3):
        api.draw_run(run_id)


def test_no_secret_is_in_a_drawing() -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "phone": "555-9"})
    for format in FORMATS:
        assert "tok-123" not in api.draw_run(run_id, format=format)


def test_both_have_an_async_version() -> None:
    run_id = api.start_run(workflows.Single).id

    async def drawn() -> tuple[str, str]:
        return await api.adraw_run(run_id), await api.adraw_workflow("host.Single")

    assert async_to_sync(drawn)() == (api.draw_run(run_id), api.draw_workflow("host.Single"))


def test_every_workflow_of_the_project_can_be_drawn() -> None:
    for flow in (*vars(workflows).values(), *vars(people).values()):
        if isinstance(flow, type) and hasattr(flow, "blueprint") and flow.__module__.startswith("tests"):
            assert set(descriptions(api.draw_workflow(flow))) == set(flow.blueprint.by_name)
