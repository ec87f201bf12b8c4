"""Attempts become spans; the tests read them from the SDK's in-memory exporter."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import override_settings
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from squid_mesh import Defer, api, tracing
from squid_mesh.contrib.opentelemetry import instrument, uninstrument
from squid_mesh.models import Run, StepRun
from squid_mesh.store.clock import database_time
from tests.host import people, steps, workflows
from tests.host.runs import claim, driven, fast_forward, run_until_idle, seen

Plan = dict[str, Any]


class Spans:
    """What was exported, and a tracer for the host's own spans."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.host = self.provider.get_tracer("host")

    @property
    def attempts(self) -> list[ReadableSpan]:
        return [span for span in self.exporter.get_finished_spans() if span.kind is SpanKind.CONSUMER]

    def attribute(self, name: str) -> list[Any]:
        return [(span.attributes or {})[f"squid_mesh.{name}"] for span in self.attempts]


@pytest.fixture
def spans() -> Iterator[Spans]:
    found = Spans()
    instrument(found.provider)
    yield found
    uninstrument()


def texts(span: ReadableSpan) -> str:
    return span.to_json()


def test_a_chain_is_in_the_trace_of_its_starter(spans: Spans) -> None:
    with spans.host.start_as_current_span("request") as request:
        run_id = api.start_run(workflows.Chain).id
    run_until_idle()
    assert seen(run_id).status == "completed"
    assert [span.name for span in spans.attempts] == [f"host.Chain.{n}" for n in ("one", "two", "three")]
    for span in spans.attempts:
        assert span.context.trace_id == request.get_span_context().trace_id
        assert span.parent is not None
        assert span.parent.span_id == request.get_span_context().span_id
        assert span.status.status_code is StatusCode.UNSET
    assert dict(spans.attempts[0].attributes or {}) == {
        "squid_mesh.workflow": "host.Chain",
        "squid_mesh.run_id": str(run_id),
        "squid_mesh.step": "one",
        "squid_mesh.visit": 1,
        "squid_mesh.attempt": 1,
        "squid_mesh.outcome": "completed",
    }


def test_the_span_that_is_active_in_the_worker_is_linked(spans: Spans) -> None:
    with spans.host.start_as_current_span("request"):
        api.start_run(workflows.Single)
    with spans.host.start_as_current_span("delivery") as delivery:
        run_until_idle()
    [span] = spans.attempts
    assert [link.context.span_id for link in span.links] == [delivery.get_span_context().span_id]


def test_an_untraced_run_stores_no_trace_and_its_attempts_are_roots(spans: Spans) -> None:
    run_id = driven(workflows.Chain)
    assert Run.objects.get(pk=run_id).trace is None
    assert [span.parent for span in spans.attempts] == [None] * 3
    assert len({span.context.trace_id for span in spans.attempts}) == 3


def test_a_failed_attempt_and_its_retry_are_two_spans(spans: Spans, plan: Plan) -> None:
    plan["flaky"] = [steps.Busy("not now"), None]
    run_id = driven(workflows.Retries)
    fast_forward(run_id)
    run_until_idle()
    assert spans.attribute("step") == ["flaky", "flaky", "after"]
    assert spans.attribute("attempt") == [1, 2, 1]
    assert spans.attribute("outcome") == ["failed", "completed", "completed"]
    failed = spans.attempts[0]
    assert failed.status.status_code is StatusCode.ERROR
    [event] = failed.events
    assert event.name == "exception"
    assert (event.attributes or {})["exception.type"] == "tests.host.steps.Busy"
    assert (event.attributes or {})["exception.message"] == "not now"
    assert "Traceback" in str((event.attributes or {})["exception.stacktrace"])


def test_a_timeout_is_an_error_and_a_deferral_is_none(spans: Spans, plan: Plan) -> None:
    plan["slow"] = lambda ctx: time.sleep(5)
    driven(workflows.Short)
    plan["only"] = Defer("not yet", seconds=60)
    driven(workflows.Single)
    assert spans.attribute("outcome") == ["timed_out", "deferred"]
    assert [span.status.status_code for span in spans.attempts] == [StatusCode.ERROR, StatusCode.UNSET]


def test_an_approval_that_is_asked_waits(spans: Spans) -> None:
    driven(people.Holds)
    assert spans.attribute("outcome")[-1] == "waiting"


def test_a_secret_in_an_error_is_masked_as_in_the_history(spans: Spans, plan: Plan) -> None:
    def reveal_card(given: Any, card: Any) -> None:
        raise RuntimeError(f"refused {given.get_secret_value()}")

    original = steps.use_token
    steps.use_token.__code__, kept = reveal_card.__code__, original.__code__
    try:
        run_id = driven(workflows.Secret, {"token": "tok-very-secret"})
    finally:
        steps.use_token.__code__ = kept
    assert "refused" in seen(run_id).step("use").error["message"]
    failed = spans.attempts[-1]
    assert failed.status.status_code is StatusCode.ERROR
    assert all("tok-very-secret" not in texts(span) for span in spans.attempts)


def test_the_span_is_current_in_sync_and_async_code(spans: Spans, plan: Plan) -> None:
    async def within(ctx: Any) -> None:
        await asyncio.sleep(0)
        with spans.host.start_as_current_span("async call"):
            await asyncio.sleep(0)

    def call(ctx: Any) -> None:
        with spans.host.start_as_current_span("sync call"):
            pass

    for workflow, todo in ((workflows.Async, within), (workflows.Single, call)):
        plan["only"] = todo
        driven(workflow)
    inner = {s.name: s for s in spans.exporter.get_finished_spans() if s.kind is not SpanKind.CONSUMER}
    assert set(inner) == {"async call", "sync call"}
    outer = {span.name: span.context.span_id for span in spans.attempts}
    assert inner["async call"].parent.span_id == outer["host.Async.only"]
    assert inner["sync call"].parent.span_id == outer["host.Single.only"]
    assert not trace.get_current_span().get_span_context().is_valid


def test_a_run_that_a_step_starts_is_traced_below_it(spans: Spans, plan: Plan) -> None:
    plan["one"] = lambda ctx: {"child": str(api.start_run(workflows.Single).id)}
    driven(workflows.Chain)
    by_name = {span.name: span for span in spans.attempts}
    assert by_name["host.Single.only"].parent.span_id == by_name["host.Chain.one"].context.span_id


def test_the_attempt_of_a_lost_worker_is_reported_by_the_worker_that_recovers_it(
    spans: Spans, django_capture_on_commit_callbacks: Any
) -> None:
    with spans.host.start_as_current_span("request") as request:
        run_id = api.start_run(workflows.Single).id
    claim(run_id)
    StepRun.objects.filter(run_id=run_id).update(lease_until=database_time("default") - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        api.recover_steps()
    [span] = spans.attempts
    assert spans.attribute("outcome") == ["interrupted"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.context.trace_id == request.get_span_context().trace_id
    assert span.start_time < span.end_time


class Broken(SpanProcessor):
    """A processor of the host's that raises, at the begin or at the end."""

    def __init__(self, when: str) -> None:
        self.when = when

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        if self.when == "start":
            raise RuntimeError("no start")

    def on_end(self, span: Any) -> None:
        if self.when == "end":
            raise RuntimeError("no end")


@pytest.mark.parametrize("when", ["start", "end"])
def test_an_error_in_telemetry_fails_no_step_and_is_logged_once(
    when: str, caplog: pytest.LogCaptureFixture
) -> None:
    provider = TracerProvider()
    provider.add_span_processor(Broken(when))
    instrument(provider)
    try:
        with caplog.at_level(logging.ERROR, "squid_mesh.opentelemetry"):
            run_id = driven(workflows.Chain)
    finally:
        uninstrument()
    assert seen(run_id).status == "completed"
    assert [r.levelname for r in caplog.records if r.name == "squid_mesh.opentelemetry"] == ["ERROR"]
    assert not trace.get_current_span().get_span_context().is_valid


def test_spans_cost_no_statement(django_assert_num_queries: Any) -> None:
    def drive() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            driven(workflows.Chain)
        return len(captured)

    drive()  # reads the definition
    without = drive()
    found = Spans()
    instrument(found.provider)
    try:
        with found.host.start_as_current_span("request"):
            traced = drive()
    finally:
        uninstrument()
    assert len(found.attempts) == 3
    assert traced == without


def test_a_setting_turns_spans_on() -> None:
    config = apps.get_app_config("squid_mesh")
    try:
        config.ready()
        assert tracing.get_tracer() is None
        with override_settings(SQUID_MESH={"OPENTELEMETRY": True}):
            config.ready()
        assert tracing.get_tracer() is not None
    finally:
        uninstrument()


def test_a_missing_extra_is_logged_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with override_settings(SQUID_MESH={"OPENTELEMETRY": True}):
        apps.get_app_config("squid_mesh").ready()
    assert tracing.get_tracer() is None
    assert "isn't installed" in caplog.text
