"""``manage.py squid_mesh workflows`` and ``graph``."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import pytest

from squid_mesh import api
from squid_mesh.models import Definition, Run
from tests.host import people, workflows
from tests.host.runs import driven
from tests.host.shell import shell


def test_workflows_are_listed_with_their_triggers_and_newest_runs(plan) -> None:
    driven(workflows.Spread)
    plan["only"] = ValueError("no")
    driven(workflows.Single)
    lines = {line.split()[0]: line for line in shell("workflows").out.splitlines()}
    assert "1 completed" in lines["host.Spread"]
    assert "Parallel steps whose keys" in lines["host.Spread"]
    assert "1 failed" in lines["host.Single"]
    assert "by_hand, nightly" in lines["host.Twice"]


def test_one_is_shown_with_triggers_ways_and_runs() -> None:
    run_id = driven(workflows.Choice)
    said = shell("workflows", "host.Choice")
    assert said.code == 0
    ways = said.out.split("Steps:")[1]
    assert re.search(r"^ask +stop +complete$", ways, re.MULTILINE)
    assert re.search(r"^ask +yes +yes$", ways, re.MULTILINE)
    assert str(run_id) in said.out.split("Newest runs")[1]
    assert "0 3 * * *" in shell("workflows", "host.Twice").out
    assert "back to load" in shell("workflows", people.Reviews.workflow_name).out


def test_one_that_only_runs_remember_is_told_so() -> None:
    driven(workflows.Single)
    for model in (Run, Definition):
        model.objects.update(workflow="host.Gone")
    assert "not installed" in shell("workflows").out
    assert shell("workflows", "host.Gone").out.startswith("host.Gone (not installed)")


def test_json_is_the_snapshots() -> None:
    driven(workflows.Chain)
    listed = shell("workflows", "--json").json
    assert listed == [workflow.model_dump(mode="json") for workflow in api.list_workflows()]
    one = shell("workflows", "host.Chain", "--json").json
    assert one == api.inspect_workflow("host.Chain").model_dump(mode="json")


@pytest.mark.parametrize("verb", ["workflows", "graph"])
def test_a_mistyped_workflow_is_answered_with_the_one_that_may_be_meant(verb: str) -> None:
    said = shell(verb, "host.Chian")
    assert (said.code, said.out) == (1, "")
    assert "did you mean 'host.Chain'?" in said.err
    assert shell(verb, "host.Chian", "--json").error["code"] == "workflow_not_found"


def drawn(graph: str) -> str:
    """As it is written: with one newline at its end."""
    return graph.rstrip("\n") + "\n"


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid"])
def test_a_workflow_and_a_run_are_drawn(form: str) -> None:
    run_id = driven(workflows.Chain)
    said = shell("graph", "host.Chain", "--format", form)
    assert (said.out, said.code) == (drawn(api.draw_workflow("host.Chain", format=form)), 0)
    assert shell("graph", run_id, "--format", form).out == drawn(api.draw_run(run_id, format=form))
    told = shell("graph", run_id, "--format", form, "--json").json
    assert told == {"format": form, "graph": drawn(api.draw_run(run_id, format=form)).rstrip()}


def test_a_graph_is_svg_unless_said_otherwise_and_may_go_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "chain.svg"
    assert shell("graph", "host.Chain", "--output", file).out == f"Written to {file}.\n"
    assert file.read_text() == drawn(api.draw_workflow("host.Chain", format="svg"))
    told = shell("graph", "host.Chain", "--format", "dot", "--output", file, "--json").json
    assert told == {"format": "dot", "file": str(file)}


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    said = shell("graph", "host.Chain", "--output", tmp_path / "no" / "folder.svg")
    assert said.code == 1
    assert "can't be written" in said.err


def test_no_such_run_or_format() -> None:
    assert shell("graph", uuid4(), "--json").error["code"] == "run_not_found"
    assert shell("graph", "host.Chain", "--format", "png").code == 2
