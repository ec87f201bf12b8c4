"""No surface shows a secret, whatever way a type or a value carries it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from urllib.parse import quote
from uuid import UUID

import pytest
from django.core.management import call_command
from django.test import Client
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from squid_mesh import api
from squid_mesh.contrib.opentelemetry import instrument, uninstrument
from squid_mesh.models import Run, StepRun
from tests.host.carriers import SECRET, STORIES
from tests.host.people import person
from tests.host.runs import row, run_until_idle
from tests.integration.rest.requests import OPERATIONS

PERMISSIONS = ("view_run", "view_steprun", "view_attempt", "view_auditevent", "view_decision", "start_run")
ACTIONS = ("decide_approval", "replay_run", "resolve_step", "retry_step", "cancel_run")


@dataclass
class Carried:
    """A run that has carried its secret everywhere, what it logged, and a client that may read it."""

    run_id: UUID
    client: Client
    logs: str
    spans: str


@pytest.fixture
def carry(caplog: pytest.LogCaptureFixture) -> Callable[[str], Carried]:
    def run(name: str) -> Carried:
        story = STORIES[name]
        user = person("ada", *(f"squid_mesh.{one}" for one in PERMISSIONS + ACTIONS), is_staff=True)
        client = Client()
        client.force_login(user)
        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        instrument(provider)
        caplog.set_level(logging.DEBUG)
        for noisy in ("django.db.backends", "asyncio"):
            logging.getLogger(noisy).setLevel(logging.WARNING)
        try:
            run_id = api.start_run(story.workflow, story.payload, actor=user).id
            run_until_idle()
            api.decide_approval(run_id, "approved", step="review", actor=user, data=story.answer)
            run_until_idle()
        finally:
            uninstrument()
        spans = "\n".join(span.to_json() for span in exporter.get_finished_spans())
        return Carried(run_id, client, caplog.text, spans)

    return run


def read_pages(carried: Carried, name: str) -> dict[str, str]:
    base, workflow = "/admin/squid_mesh", STORIES[name].workflow.workflow_name
    pages = {
        "run page": f"run/{carried.run_id}/change/",
        "run page's raw": f"run/{carried.run_id}/raw/",
        "list": "run/",
        "list by status": "run/?status=running",
        "steps": "steprun/",
        "attempts": "attempt/",
        "events": "auditevent/",
        "decisions": "decision/",
        "dashboard": "run/dashboard/",
        "inbox": "run/waiting/",
        "workflow": f"run/workflows/{workflow}/",
        "start form": f"run/workflows/{workflow}/start/manual/",
        "approval form": f"run/{carried.run_id}/act/decide_approval/?step=late",
        "replay form": f"run/{carried.run_id}/act/replay_run/",
        "resolve form": f"run/{carried.run_id}/act/resolve_step/?step=fails",
        **{f"step {pk}": f"steprun/{pk}/change/" for pk in StepRun.objects.values_list("pk", flat=True)},
    }
    return {
        place: carried.client.get(f"{base}/{page}", follow=True).content.decode()
        for place, page in pages.items()
    }


def read_commands(carried: Carried, name: str) -> dict[str, str]:
    workflow = STORIES[name].workflow.workflow_name
    found = {}
    for line in (
        ("inspect", str(carried.run_id), "--history"),
        ("inspect", str(carried.run_id), "--history", "--json"),
        ("explain", str(carried.run_id)),
        ("explain", str(carried.run_id), "--json"),
        ("runs",),
        ("runs", "--json"),
        ("graph", workflow),
        ("graph", str(carried.run_id)),
        ("workflows", "--json"),
        ("metrics",),
        ("doctor",),
    ):
        out = StringIO()
        with suppress(Exception, SystemExit):
            call_command("squid_mesh", *line, stdout=out, stderr=out)
        found[f"command {' '.join(line)}"] = out.getvalue()
    return found


def read_api(carried: Carried, name: str) -> Mapping[str, str]:
    run, workflow = api.inspect_run(carried.run_id, history=True), STORIES[name].workflow
    formats = ("svg", "mermaid", "text")
    pictures = {}
    for form in formats:
        with suppress(Exception, SystemExit):
            pictures[f"picture {form}"] = api.draw_run(run, format=form) + api.draw_workflow(
                workflow, format=form
            )
    return {
        "snapshot": run.model_dump_json(),
        "explanation": api.explain_run(carried.run_id).model_dump_json(),
        "events": str(api.list_events(carried.run_id)),
        "attempts": str([api.list_attempts(carried.run_id, step.name, visit=1) for step in run.steps]),
        "list": str(api.list_runs()),
        "waiting": str(api.list_waiting(user=person("bo", is_superuser=True))),
        "schemas": json.dumps(api.inspect_workflow(workflow).model_dump(mode="json")),
        "metrics": str(api.read_metrics()),
        "overview": str(api.read_overview()),
        **pictures,
    }


def read_rest(carried: Carried, name: str) -> dict[str, str]:
    """Return every answer of REST about the run and its workflow, also to requests that can't succeed."""
    run = f"/rest/runs/{carried.run_id}/"
    steps = [step.name for step in api.inspect_run(carried.run_id).steps]
    shown = {}
    for operation in OPERATIONS:
        if operation.method == "get" and "trigger" not in operation.route:
            for step in steps if "step" in operation.route else [""]:
                workflow = STORIES[name].workflow.workflow_name
                address = operation.address(run_id=carried.run_id, workflow=workflow, step=step)
                answer = carried.client.get(address)
                assert answer.status_code in (200, 503), address
                shown[f"rest {address}"] = answer.content.decode()
    payload = api.inspect_run(carried.run_id).payload
    for action, body in (
        ("resolve_step", {"step": "fails", "output": {"x": SECRET}}),
        ("decide_approval", {"step": "late", "exit": "sideways", "data": {"x": SECRET}}),
        ("replay_run", {"payload": {**payload, "x": SECRET}}),
    ):
        answer = carried.client.post(f"{run}actions/{action}/", body, content_type="application/json")
        shown[f"rest {action}"] = answer.content.decode()
    return shown


@pytest.mark.filterwarnings("ignore::pydantic.json_schema.PydanticJsonSchemaWarning")
@pytest.mark.parametrize("name", STORIES)
def test_no_surface_shows_a_secret(name: str, carry: Callable[[str], Carried]) -> None:
    carried = carry(name)
    assert {step.name for step in api.inspect_run(carried.run_id).steps if step.status == "failed"} == {
        "fails"
    }
    shown = {
        "logs": carried.logs,
        "spans": carried.spans,
        "recorded errors": str([list(Run.objects.values_list("error")), row(carried.run_id, "fails").error]),
        **read_pages(carried, name),
        **read_commands(carried, name),
        **read_api(carried, name),
        **read_rest(carried, name),
    }
    forms = {
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        SECRET.replace("/", "&#x2F;"),
    }
    assert [place for place, text in shown.items() if any(form in text for form in forms)] == []
    assert api.find_runs_by_payload(SECRET) == ()
    assert api.find_runs_by_payload(SECRET[:6]) == ()
