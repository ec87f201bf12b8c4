"""The changes of one run as server-sent events.

Under ASGI a request lasts a minute and occupies no thread. Under WSGI the server responds at once, and the
client polls, because it reconnects automatically.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from squid_mesh import api
from squid_mesh.exceptions import RunNotFound
from squid_mesh.lifecycle import FINISHED_RUN
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.views import RestView
from squid_mesh.rest.documentation.operations import header, operation

_MEDIA_TYPE: Final = "text/event-stream"
#: Seconds that a stream lasts, between two looks at the run, and between two signs of life.
DURATION, _INTERVAL, _SIGN = 60.0, 1.0, 15.0
#: After how many milliseconds a client reconnects.
_RETRY: Final = 2000
#: How many new audit events a message has at most, the latest ones.
_EVENTS: Final = 50


#: The fields of an event, as the schema describes them.
_EVENT: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "event": {"const": "change"},
        "data": {
            "type": "string",
            "description": "JSON: `run`, a SquidMeshRunSummary, and `events`, new SquidMeshEventSnapshots.",
        },
        "retry": {"type": "integer"},
    },
}


class _EventStreamRenderer(BaseRenderer):
    """Lets clients accept event streams. The view writes them."""

    media_type = _MEDIA_TYPE
    format = "events"

    def render(self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None) -> Any:
        """Return the data."""
        return data


class ChangesView(RestView):
    """The changes of one run."""

    renderer_classes = (_EventStreamRenderer,)
    errors_are_json = True
    needs = {"GET": VIEW}

    @operation(
        "stream_changes",
        "Follow a run: whenever it changes, an event `change` has the run and its new audit events.",
        answers={(200, _MEDIA_TYPE): _EVENT, 204: None},
        headers=[header("Last-Event-ID", "The id of the last event; sent by clients that reconnect.")],
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> HttpResponseBase:
        """Return the stream; or 204, which stops the client, if it has received the finished run."""
        last = request.headers.get("Last-Event-ID", "")
        message, known, finished = find_change(run_id, last)
        if finished and not message:
            return HttpResponse(status=204)
        start = f"retry: {_RETRY}\n\n{message}"
        if finished or request.method == "HEAD" or not isinstance(request._request, ASGIRequest):
            return _stream(HttpResponse(start, content_type=_MEDIA_TYPE))
        return _stream(StreamingHttpResponse(follow(run_id, start, known), content_type=_MEDIA_TYPE))


def _stream(response: HttpResponseBase) -> HttpResponseBase:
    """Ask proxies not to cache and not to buffer the stream."""
    response["Cache-Control"] = "no-cache, no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def find_change(run_id: UUID, last: str) -> tuple[str, str, bool]:
    """Return the message about what has changed since that id, the new id, and whether the run has finished.

    The message is empty if nothing has changed. Raises RunNotFound.
    """
    version = api.read_run_version(run_id)
    number, _, known = last.partition("-")
    if known == version:
        return "", last, api.read_summary(run_id).status in FINISHED_RUN
    run = api.read_summary(run_id)
    seen = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    events = [event for event in api.list_events(run_id, limit=_EVENTS) if event.sequence > seen]
    newest = events[0].sequence if events else seen
    data = {
        "run": run.model_dump(mode="json"),
        "events": [event.model_dump(mode="json") for event in reversed(events)],
    }
    new = f"{newest}-{version}"
    message = f"id: {new}\nevent: change\ndata: {json.dumps(data)}\n\n"
    return message, new, run.status in FINISHED_RUN


def _look(run_id: UUID, last: str) -> tuple[str, str, bool]:
    """Return the same from a thread of its own, without keeping its connection until the next look."""
    try:
        return find_change(run_id, last)
    finally:
        leave_connections()


def leave_connections() -> None:
    """Close this thread's connections, or give them back to their pool, whatever ``CONN_MAX_AGE`` is."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def follow(
    run_id: UUID,
    start: str,
    last: str,
    *,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    now: Callable[[], float] = time.monotonic,
) -> AsyncIterator[str]:
    """Yield the start, then a message for each change until the run has finished or the time is up."""
    yield start
    until, signed = now() + DURATION, now()
    while now() < until:
        await sleep(_INTERVAL)
        try:
            message, last, finished = await sync_to_async(_look)(run_id, last)
        except RunNotFound:  # pruned meanwhile
            return
        if message:
            yield message
        elif now() - signed >= _SIGN:
            yield ": waiting\n\n"
        if message or now() - signed >= _SIGN:
            signed = now()
        if finished:
            return
