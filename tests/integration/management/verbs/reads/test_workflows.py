"""``manage.py squid_mesh workflows``."""

from __future__ import annotations

import re

import pytest

from squid_mesh import api
from squid_mesh.models import Definition, Run
from tests.host import people, workflows
from tests.host.runs import driven
from tests.host.shell import shell


def test_workflows_are_listed_with_their_triggers_and_latest_runs(plan) -> None:
    driven(workflows.Spread)
    plan["only"] = ValueError("no")
    driven(workflows.Single)
    lines = {line.split()[0]: line for line in shell("workflows").out.splitlines()}
    assert "1 completed" in lines["host.Spread"]
    assert "Parallel steps whose keys" in lines["host.Spread"]
    assert "1 failed" in lines["host.Single"]
    assert "by_hand, nightly" in lines["host.Twice"]


def test_a_workflow_is_shown_with_its_triggers_edges_and_runs() -> None:
    run_id = driven(workflows.Choice)
    result = shell("workflows", "host.Choice")
    assert result.code == 0
    edges = result.out.split("Steps:")[1]
    assert re.search(r"^ask +stop +complete$", edges, re.MULTILINE)
    assert re.search(r"^ask +yes +yes$", edges, re.MULTILINE)
    assert str(run_id) in result.out.split("Latest runs")[1]
    assert "0 3 * * *" in shell("workflows", "host.Twice").out
    assert "back to load" in shell("workflows", people.Reviews.workflow_name).out


def test_a_workflow_that_only_runs_name_is_marked_as_not_installed() -> None:
    driven(workflows.Single)
    for model in (Run, Definition):
        model.objects.update(workflow="host.Gone")
    assert "not installed" in shell("workflows").out
    assert shell("workflows", "host.Gone").out.startswith("host.Gone (not installed)")


def test_json_output_is_the_snapshots() -> None:
    driven(workflows.Chain)
    listed = shell("workflows", "--json").json
    assert listed == [workflow.model_dump(mode="json") for workflow in api.list_workflows()]
    one = shell("workflows", "host.Chain", "--json").json
    assert one == api.inspect_workflow("host.Chain").model_dump(mode="json")


@pytest.mark.parametrize("verb", ["workflows", "graph"])
def test_for_a_mistyped_workflow_the_error_names_a_similar_one(verb: str) -> None:
    result = shell(verb, "host.Chian")
    assert (result.code, result.out) == (1, "")
    assert "did you mean 'host.Chain'?" in result.err
    assert shell(verb, "host.Chian", "--json").error["code"] == "workflow_not_found"
