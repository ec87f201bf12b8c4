"""Workflows over REST: the list, one workflow, and its graph."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from squid_mesh import api
from tests.host import workflows
from tests.host.runs import driven
from tests.integration.rest.conftest import REST


def test_the_list_has_every_workflow_with_its_counts(viewer: Any) -> None:
    driven(workflows.Chain)
    response = viewer.get(f"{REST}workflows/")
    assert response.status_code == 200
    found = {one["name"]: one for one in response.json()["results"]}
    assert found["host.Chain"]["recent"]["by_status"] == {"completed": 1}
    assert found.keys() == {one.name for one in api.list_workflows()}


def test_a_workflow_has_its_graph_its_triggers_and_the_schema_of_its_payload(viewer: Any) -> None:
    found = viewer.get(f"{REST}workflows/host.Twice/").json()
    assert found == api.inspect_workflow(workflows.Twice).model_dump(mode="json")
    assert [one["name"] for one in found["triggers"]] == ["by_hand", "nightly"]
    chain = viewer.get(f"{REST}workflows/host.Chain/").json()
    assert chain["payload_schemas"]["manual"]["properties"]["order_id"]["type"] == "integer"


def test_an_unknown_workflow_is_not_found(viewer: Any) -> None:
    for address in ("workflows/host.Never/", "workflows/host.Never/graph/"):
        response = viewer.get(REST + address)
        assert (response.status_code, response.json()["code"]) == (404, "workflow_not_found")


def test_the_list_takes_as_many_queries_for_many_runs_as_for_one(viewer: Any) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert viewer.get(REST + address).status_code == 200
        return len(queries)

    driven(workflows.Chain)
    before = [count("workflows/"), count("workflows/host.Chain/")]
    for _ in range(3):
        driven(workflows.Chain)
    assert [count("workflows/"), count("workflows/host.Chain/")] == before
    assert before[1] <= 12
