"""Graphs over REST, in the format that the client wants."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from squid_mesh import api
from squid_mesh.models import Run
from squid_mesh.store.definitions import read_blueprint
from tests.host import workflows
from tests.host.runs import driven
from tests.integration.rest.conftest import REST

TYPES = {"svg": "image/svg+xml", "dot": "text/vnd.graphviz", "mermaid": "text/vnd.mermaid"}


@pytest.mark.parametrize("form", TYPES)
def test_a_graph_is_in_the_format_that_the_client_accepts_or_names(form: str, viewer: Any) -> None:
    run_id = driven(workflows.Choice)
    for address, drawn in (
        (f"{REST}runs/{run_id}/graph/", api.draw_run(run_id, format=form)),
        (f"{REST}workflows/host.Choice/graph/", api.draw_workflow("host.Choice", format=form)),
    ):
        for response in (
            viewer.get(address, headers={"Accept": TYPES[form]}),
            viewer.get(address, {"format": form}),
        ):
            assert response["Content-Type"].partition(";")[0] == TYPES[form]
            assert response.content.decode() == drawn


def test_a_graph_is_json_by_default(viewer: Any) -> None:
    run_id = driven(workflows.Chain)
    graph = viewer.get(f"{REST}runs/{run_id}/graph/").json()
    assert [(node["id"], node["status"]) for node in graph["nodes"] if node["shape"] == "step"] == [
        ("one", "completed"),
        ("two", "completed"),
        ("three", "completed"),
    ]
    assert {(edge["source"], edge["target"], edge["progress"]) for edge in graph["edges"]} >= {
        ("one", "two", "taken"),
        ("two", "three", "taken"),
    }
    plain = viewer.get(f"{REST}workflows/host.Chain/graph/").json()
    assert {node["status"] for node in plain["nodes"]} == {None}


def test_a_picture_that_is_opened_as_a_page_runs_nothing(viewer: Any) -> None:
    response = viewer.get(f"{REST}workflows/host.Chain/graph/", {"format": "svg"})
    assert ET.fromstring(response.content).tag.endswith("svg")
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_empty_format_is_an_error(viewer: Any) -> None:
    response = viewer.get(f"{REST}workflows/host.Chain/graph/?format=")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")


def test_errors_are_json_whatever_the_client_accepts(viewer: Any, client: Any) -> None:
    missing = viewer.get(f"{REST}workflows/host.Never/graph/", headers={"Accept": TYPES["svg"]})
    assert (missing.status_code, missing.json()["code"]) == (404, "workflow_not_found")
    png = viewer.get(f"{REST}workflows/host.Chain/graph/", headers={"Accept": "image/png"})
    assert (png.status_code, png.json()["code"]) == (406, "not_acceptable")
    anonymous = client.get(f"{REST}workflows/host.Chain/graph/?format=svg")
    assert (anonymous.status_code, anonymous.json()["code"]) == (401, "not_authenticated")


def test_a_run_whose_definition_can_not_be_read_has_no_graph(viewer: Any) -> None:
    run_id = driven(workflows.Chain)
    run = Run.objects.select_related("definition").get(pk=run_id)
    type(run.definition).objects.filter(pk=run.definition_id).update(
        blueprint={**run.definition.blueprint, "format": 99}
    )
    read_blueprint.cache_clear()
    response = viewer.get(f"{REST}runs/{run_id}/graph/")
    read_blueprint.cache_clear()
    assert (response.status_code, response.json()["code"]) == (409, "unreadable_definition")
