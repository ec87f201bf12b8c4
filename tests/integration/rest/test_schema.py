"""The OpenAPI schema: complete, without warnings, and true."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from squid_mesh import api
from squid_mesh.actions import Action
from tests.integration.rest.conftest import REST
from tests.integration.rest.requests import OPERATIONS, read_schema

ERROR = {"$ref": "#/components/schemas/SquidMeshError"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return read_schema()


def test_the_schema_is_valid_and_has_no_warnings(capsys: Any) -> None:
    GENERATOR_STATS.reset()
    validate_schema(read_schema())
    assert not GENERATOR_STATS, capsys.readouterr().err


def test_the_schema_has_every_operation(schema: dict[str, Any]) -> None:
    documented = {(method, path) for path, methods in schema["paths"].items() for method in methods}
    names = {name: f"{{{name}}}" for name in ("run_id", "workflow", "step", "trigger")}
    expected = {(one.method, one.address(**names)) for one in OPERATIONS if one.route != "schema/"}
    assert documented == expected


def test_every_operation_has_a_summary_and_says_which_errors_it_has(schema: dict[str, Any]) -> None:
    ids = []
    for methods in schema["paths"].values():
        for one in methods.values():
            ids.append(one["operationId"])
            assert one["summary"].endswith(".")
            assert {"400", "401", "403", "406", "429"} <= one["responses"].keys()
            assert all(
                answer["content"]["application/json"]["schema"] == ERROR
                for status, answer in one["responses"].items()
                if status >= "400" and "content" in answer and status != "503"
            )
    assert len(ids) == len(set(ids))


def test_links_lead_from_answers_to_the_operations_that_take_their_values(schema: dict[str, Any]) -> None:
    operations = {one["operationId"]: one for methods in schema["paths"].values() for one in methods.values()}
    started = operations["squid_mesh_start_run"]["responses"]["201"]["links"]
    assert started["read_run"] == {
        "operationId": "squid_mesh_read_run",
        "parameters": {"run_id": "$response.body#/id"},
    }
    assert set(started) >= {action.value for action in Action}
    links = [
        link
        for one in operations.values()
        for answer in one["responses"].values()
        for link in answer.get("links", {}).values()
    ]
    linked = {link["operationId"] for link in links}
    assert linked == {
        name
        for name, one in operations.items()
        if any(parameter["in"] == "path" for parameter in one.get("parameters", ()))
    }


def test_each_body_has_an_example_that_fits_its_schema(schema: dict[str, Any]) -> None:
    bodies = [
        one["requestBody"]["content"]["application/json"]
        for methods in schema["paths"].values()
        for one in methods.values()
        if "requestBody" in one
    ]
    assert len(bodies) == len(Action) + 3
    for body in bodies:
        validator = Draft202012Validator({**body["schema"], "components": schema["components"]})
        for example in body["examples"].values():
            validator.validate(example["value"])


def test_no_component_has_a_name_that_a_host_could_use(schema: dict[str, Any]) -> None:
    own = {name for name in schema["components"]["schemas"] if "SquidMesh" in name}
    others = schema["components"]["schemas"].keys() - own
    assert all(name.endswith("Enum") for name in others)


def test_the_schema_is_for_authenticated_users(client: Any, sign_in: Any) -> None:
    assert client.get(f"{REST}schema/").status_code == 401
    response = sign_in().get(f"{REST}schema/", {"format": "json"})
    assert response.status_code == 200
    assert response.json()["openapi"] == "3.1.0"
    assert response.json()["info"]["title"] == "Squid Mesh"
    names = [workflow.name for workflow in api.list_workflows()]
    assert not [name for name in names if name in response.content.decode()]


def leave_out_actions(endpoints: list[Any], **options: Any) -> list[Any]:
    """Leave out operations, as a host's hook does for its own schema."""
    return [one for one in endpoints if "/actions/" not in one[0]]


def drop_answers(result: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Leave out the answers of an operation, likewise."""
    del result["paths"][f"{REST}inbox/"]["get"]["responses"]["200"]
    return result


def test_a_host_whose_hooks_leave_something_out_has_a_schema_without_it(sign_in: Any) -> None:
    hooks = {
        "PREPROCESSING_HOOKS": [f"{__name__}.leave_out_actions"],
        "POSTPROCESSING_HOOKS": [f"{__name__}.drop_answers"],
    }
    with patched_settings(hooks):
        response = sign_in().get(f"{REST}schema/", {"format": "json"})
    assert response.status_code == 200
    assert not [path for path in response.json()["paths"] if "/actions/" in path]


def test_the_host_own_schema_has_these_operations_too() -> None:
    GENERATOR_STATS.reset()
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    assert f"{REST}runs/{{run_id}}/" in paths
    assert not GENERATOR_STATS
