"""Spans from the workers of a real cluster, in the trace of the process that started the run."""

from __future__ import annotations

import json
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider

from squid_mesh.api import inspect_run, start_run
from squid_mesh.contrib.opentelemetry import instrument, uninstrument
from squid_mesh.lifecycle import RunStatus
from tests.acceptance.flows import Fan, lines
from tests.acceptance.processes import Cluster, until


def test_workers_put_their_attempts_into_the_starters_trace_and_lose_none_when_they_end(
    manage_command: tuple[str, ...], process_environment: dict[str, str], tmp_path: Path
) -> None:
    exported = tmp_path / "spans"
    settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.traced_settings"}
    environment = process_environment | settings | {"SQUID_MESH_TEST_SPANS": str(exported)}
    provider = TracerProvider()
    instrument(provider)
    try:
        with provider.get_tracer("host").start_as_current_span("request") as request:
            run_id = start_run(Fan, {"ledger": str(tmp_path / "ledger")}).id
    finally:
        uninstrument()
    cluster = Cluster(manage_command, environment, tmp_path / "cluster.log")
    try:
        until(
            lambda: inspect_run(run_id).status is RunStatus.COMPLETED,
            30,
            "the run has finished",
            lambda: cluster.log,
        )
        cluster.stop()
    finally:
        cluster.end()

    spans = [json.loads(line) for line in lines(exported)]
    names = {"first", "second", "third", "left", "middle", "right", "joined"}
    assert sorted(span["name"] for span in spans) == sorted(f"acceptance.fan.{name}" for name in names)
    context = request.get_span_context()
    assert {span["context"]["trace_id"] for span in spans} == {f"0x{context.trace_id:032x}"}
    assert {span["parent_id"] for span in spans} == {f"0x{context.span_id:016x}"}
    assert {span["attributes"]["squid_mesh.run_id"] for span in spans} == {str(run_id)}
