"""A client that is made from the OpenAPI schema, and knows nothing else, starts, approves and reads a run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from squid_mesh.actions import Action
from squid_mesh.testing import drain
from tests.integration.rest.requests import read_schema


class GeneratedClient:
    """Has a method for each operation of a schema, and checks requests and answers against it."""

    def __init__(self, schema: dict[str, Any], client: APIClient) -> None:
        self._schema, self._client = schema, client
        self._operations = {
            one["operationId"].removeprefix("squid_mesh_"): (method, path, one)
            for path, methods in schema["paths"].items()
            for method, one in methods.items()
        }

    def __getattr__(self, name: str) -> Any:
        method, path, operation = self._operations[name]

        def call(*, body: Any = None, headers: Any = None, **values: Any) -> Any:
            places = {parameter["name"]: parameter["in"] for parameter in operation.get("parameters", ())}
            address = re.sub(r"{(\w+)}", lambda found: str(values[found[1]]), path)
            query = {key: value for key, value in values.items() if places[key] == "query"}
            assert {places[key] for key in headers or {}} <= {"header"}
            data = query
            if "requestBody" in operation:
                self._check(operation["requestBody"]["content"]["application/json"]["schema"], body or {})
                data = body or {}
            send = getattr(self._client, method)
            response = send(address, data, headers=headers, **({} if method == "get" else {"format": "json"}))
            answer = operation["responses"][str(response.status_code)]
            self._check(answer["content"]["application/json"]["schema"], response.json())
            return response.json()

        return call

    def _check(self, schema: dict[str, Any], value: Any) -> None:
        whole = {**schema, "components": self._schema["components"]}
        Draft202012Validator(whole).validate(value)


@pytest.fixture
def generated(sign_in: Any) -> GeneratedClient:
    codenames = ("view_run", "start_run", "view_trigger", *(action.value for action in Action))
    return GeneratedClient(read_schema(), sign_in(*codenames))


def test_a_generated_client_starts_approves_and_reads_a_run(generated: Any) -> None:
    listed = generated.list_workflows()["results"]
    workflow = next(one["name"] for one in listed if one["name"] == "host.Reviews")
    key = {"Idempotency-Key": "client-1"}
    run = generated.start_run(workflow=workflow, body={"payload": {"order_id": 7}}, headers=key)
    assert generated.start_run(workflow=workflow, body={"payload": {"order_id": 7}}, headers=key)["existed"]
    drain()
    (waiting,) = generated.list_inbox()["results"]
    assert (waiting["run_id"], waiting["actions"]) == (run["id"], ["decide_approval"])
    offers = generated.list_actions(run_id=run["id"])["results"]
    offer = next(one for one in offers if one["action"] == "decide_approval")
    body = {"step": offer["step"], "visit": offer["visit"], "exit": "approved", "data": {"discount": 5}}
    Draft202012Validator(offer["body_schema"]).validate(body)
    done = generated.decide_approval(run_id=run["id"], body=body)
    assert done["message"] == "Approved."
    drain()
    read = generated.read_run(run_id=run["id"])
    assert (read["status"], read["payload"]) == ("completed", {"order_id": 7})
    events = generated.list_events(run_id=run["id"], limit=5)["results"]
    assert [event["type"] for event in events[:2]] == ["run_completed", "approved"]
    assert generated.explain_run(run_id=run["id"])["reason"] == "completed"


def test_every_answer_without_a_body_of_its_own_fits_the_schema(generated: Any) -> None:
    run = generated.start_run(workflow="host.Chain")
    drain()
    about = {"run_id": run["id"]}
    for name in ("read_run", "explain_run", "draw_run", "list_events", "read_payload", "list_actions"):
        getattr(generated, name)(**about)
    for name in ("list_attempts", "read_input", "read_output"):
        getattr(generated, name)(**about, step="two")
    for name in ("list_workflows", "list_runs", "list_inbox", "list_triggers", "list_clusters"):
        getattr(generated, name)()
    generated.read_readiness()
    generated.read_workflow(workflow="host.Twice")
    generated.draw_workflow(workflow="host.Choice")
    generated.list_runs(status="completed", count="true", tag="none")
