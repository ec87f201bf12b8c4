"""Attempts as spans of OpenTelemetry, in the trace in which the run was started.

Needs the extra ``opentelemetry``; the project installs the SDK and configures its exporters.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from multiprocessing.util import Finalize
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from squid_mesh import tracing
from squid_mesh.hooks import GuardedLogger
from squid_mesh.tracing import EndAttempt, TracedAttempt

logger = GuardedLogger("squid_mesh.opentelemetry")

_W3C: Final = TraceContextTextMapPropagator()
#: How long a worker that ends waits until its spans are exported.
_FLUSH_MILLISECONDS: Final = 5000


def instrument(provider: TracerProvider | None = None) -> None:
    """Record every attempt in this process and its forks as a span, by default with the global provider."""
    tracing.set_tracer(SpanTracer(provider))


def uninstrument() -> None:
    """Record no more spans."""
    tracing.set_tracer(None)


class SpanTracer:
    """The tracer that records spans. Its own errors fail no step; each process logs only the first."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = trace.get_tracer("squid_mesh", tracer_provider=provider)
        self._has_logged = False
        self._flushes_in = 0

    def starter(self) -> dict[str, str] | None:
        """W3C's ``traceparent`` and ``tracestate`` of the active span; baggage is left out."""
        carrier: dict[str, str] = {}
        with self._guarded():
            _W3C.inject(carrier)
        return carrier or None

    @contextmanager
    def attempt(self, attempt: TracedAttempt) -> Iterator[EndAttempt]:
        """The attempt's span, current while the body runs."""
        span, token = None, None
        with self._guarded():
            self._flush_at_end()
            span = self._start_span(attempt, None)
            token = contexts.attach(trace.set_span_in_context(span))

        def end_attempt(outcome: str, error: Mapping[str, Any] | None) -> None:
            if span is not None:
                with self._guarded():
                    _describe_end(span, outcome, error)

        try:
            yield end_attempt
        finally:
            if token is not None:
                with self._guarded():
                    contexts.detach(token)
            if span is not None:
                with self._guarded():
                    span.end()

    def lost(self, attempt: TracedAttempt, started_at: datetime) -> None:
        """Record a span from the attempt's start until now."""
        with self._guarded():
            self._flush_at_end()
            span = self._start_span(attempt, int(started_at.timestamp() * 1_000_000_000))
            _describe_end(span, "interrupted", {"type": "WorkerLost", "message": "The worker was lost."})
            span.end()

    def _start_span(self, attempt: TracedAttempt, start_time: int | None) -> Span:
        parent, links = _find_parent(attempt.starter)
        return self._tracer.start_span(
            f"{attempt.workflow}.{attempt.step}",
            context=parent,
            kind=SpanKind.CONSUMER,
            links=links,
            start_time=start_time,
            attributes={
                "squid_mesh.workflow": attempt.workflow,
                "squid_mesh.run_id": attempt.run_id,
                "squid_mesh.step": attempt.step,
                "squid_mesh.visit": attempt.visit,
                "squid_mesh.attempt": attempt.attempt,
            },
        )

    def _flush_at_end(self) -> None:
        """Flush when the process ends: workers skip ``atexit``, and the SDK's last batch would be lost."""
        if self._flushes_in == os.getpid():
            return
        self._flushes_in = os.getpid()
        Finalize(None, self._flush, exitpriority=0)

    def _flush(self) -> None:
        flush = getattr(self._provider or trace.get_tracer_provider(), "force_flush", None)
        with self._guarded():
            if flush is not None:
                flush(_FLUSH_MILLISECONDS)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Log errors of the project's processors and exporters instead of raising them: they fail no step."""
        try:
            yield
        except Exception:
            if not self._has_logged:
                self._has_logged = True
                logger.exception(
                    "OpenTelemetry failed; steps continue. This process logs only the first failure."
                )


def _find_parent(starter: Mapping[str, Any] | None) -> tuple[Context | None, list[Link]]:
    """Return the starter's context and a link to the active span; without a starter, the active span's."""
    here = trace.get_current_span().get_span_context()
    if not starter:
        return None, []
    found = _W3C.extract(dict(starter), context=Context())
    parent = trace.get_current_span(found).get_span_context()
    linked = here.is_valid and here.span_id != parent.span_id
    return found, [Link(here)] if linked else []


def _describe_end(span: Span, outcome: str, error: Mapping[str, Any] | None) -> None:
    span.set_attribute("squid_mesh.outcome", outcome)
    if error is None:
        return
    kind, message = str(error.get("type", "")), str(error.get("message", ""))
    span.set_status(StatusCode.ERROR, f"{kind}: {message}")
    attributes = {"exception.type": kind, "exception.message": message}
    if "traceback" in error:
        attributes["exception.stacktrace"] = str(error["traceback"])
    span.add_event("exception", attributes)
