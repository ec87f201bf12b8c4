"""Attempts as spans of OpenTelemetry, in the trace of whoever started the run.

Needs the extra ``opentelemetry``; the host brings the SDK and says where spans go.
"""

from __future__ import annotations

import logging
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
from squid_mesh.tracing import EndAttempt, TracedAttempt

logger = logging.getLogger("squid_mesh.opentelemetry")

_W3C: Final = TraceContextTextMapPropagator()
#: A worker that ends waits at most so long until its spans are exported.
_FLUSH_MILLISECONDS: Final = 5000


def instrument(provider: TracerProvider | None = None) -> None:
    """Make every attempt of this process, and of those it forks, a span. None: the global provider's."""
    tracing.provide(SpanTracer(provider))


def uninstrument() -> None:
    """Make no more spans."""
    tracing.provide(None)


class SpanTracer:
    """The tracer that makes spans. What fails in it fails no step, and is told of once a process."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        self._provider = provider
        self._tracer = trace.get_tracer("squid_mesh", tracer_provider=provider)
        self._told = False
        self._flushes_in = 0

    def starter(self) -> dict[str, str] | None:
        """W3C's ``traceparent`` and ``tracestate`` of the active span; baggage is left out."""
        carrier: dict[str, str] = {}
        with self._guarded():
            _W3C.inject(carrier)
        return carrier or None

    @contextmanager
    def attempt(self, tried: TracedAttempt) -> Iterator[EndAttempt]:
        """The attempt's span, current while the body runs."""
        span, token = None, None
        with self._guarded():
            self._flush_at_end()
            span = self._start(tried, None)
            token = contexts.attach(trace.set_span_in_context(span))

        def say_end(outcome: str, error: Mapping[str, Any] | None) -> None:
            if span is not None:
                with self._guarded():
                    _describe(span, outcome, error)

        try:
            yield say_end
        finally:
            if token is not None:
                contexts.detach(token)
            if span is not None:
                with self._guarded():
                    span.end()

    def lost(self, tried: TracedAttempt, started_at: datetime) -> None:
        """A span from the attempt's begin until now."""
        with self._guarded():
            self._flush_at_end()
            span = self._start(tried, int(started_at.timestamp() * 1_000_000_000))
            _describe(span, "interrupted", {"type": "WorkerLost", "message": "The worker was lost."})
            span.end()

    def _start(self, tried: TracedAttempt, start_time: int | None) -> Span:
        parent, links = _parent(tried.starter)
        return self._tracer.start_span(
            f"{tried.workflow}.{tried.step}",
            context=parent,
            kind=SpanKind.CONSUMER,
            links=links,
            start_time=start_time,
            attributes={
                "squid_mesh.workflow": tried.workflow,
                "squid_mesh.run_id": tried.run_id,
                "squid_mesh.step": tried.step,
                "squid_mesh.visit": tried.visit,
                "squid_mesh.attempt": tried.attempt,
            },
        )

    def _flush_at_end(self) -> None:
        """Workers end without running what ``atexit`` holds, so the SDK's last batch would be lost."""
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
        """What the host's processors and exporters raise is no step's failure."""
        try:
            yield
        except Exception:
            if not self._told:
                self._told = True
                logger.exception("OpenTelemetry failed; steps go on. This process tells it only once.")


def _parent(starter: Mapping[str, Any] | None) -> tuple[Context | None, list[Link]]:
    """The starter's context, with a link to what is active here; without a starter what is active here."""
    here = trace.get_current_span().get_span_context()
    if not starter:
        return None, []
    found = _W3C.extract(dict(starter), context=Context())
    parent = trace.get_current_span(found).get_span_context()
    linked = here.is_valid and here.span_id != parent.span_id
    return found, [Link(here)] if linked else []


def _describe(span: Span, outcome: str, error: Mapping[str, Any] | None) -> None:
    span.set_attribute("squid_mesh.outcome", outcome)
    if error is None:
        return
    kind, message = str(error.get("type", "")), str(error.get("message", ""))
    span.set_status(StatusCode.ERROR, f"{kind}: {message}")
    told = {"exception.type": kind, "exception.message": message}
    if "traceback" in error:
        told["exception.stacktrace"] = str(error["traceback"])
    span.add_event("exception", told)
