"""Settings of a cluster that exports its spans to the file that ``SQUID_MESH_TEST_SPANS`` names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from tests.settings import *  # noqa: F403
from tests.settings import SQUID_MESH as ORDINARY

SQUID_MESH = {**ORDINARY, "OPENTELEMETRY": True}


class ToFile(SpanExporter):
    """A line of JSON a span."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(f"{span.to_json(indent=None)}\n" for span in spans)
        with Path(os.environ["SQUID_MESH_TEST_SPANS"]).open("a") as file:
            file.write(lines)
        return SpanExportResult.SUCCESS


provider = TracerProvider()
# It exports once a minute: what a worker made shortly before it ended comes from its end.
provider.add_span_processor(BatchSpanProcessor(ToFile(), schedule_delay_millis=60_000))
trace.set_tracer_provider(provider)
