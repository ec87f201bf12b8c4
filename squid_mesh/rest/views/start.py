"""Starting runs, and waiting for their results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.rest.base.parameters import Integer
from squid_mesh.rest.base.permissions import has_permission, require_permission
from squid_mesh.rest.base.requests import IDEMPOTENCY_KEY, Query, read_body, read_idempotency_key, read_query
from squid_mesh.rest.base.views import RestView, answer, find_url
from squid_mesh.rest.documentation.operations import header, operation, reply_header
from squid_mesh.rest.values import StartBody, Started

#: A user without ``view_run`` who repeats a start gets the first run as it was at its start.
_AT_ITS_START: Final[Mapping[str, Any]] = {
    "status": RunStatus.PENDING,
    "error": None,
    "started_at": None,
    "finished_at": None,
}


class StartQuery(Query):
    """How long to wait."""

    wait: Integer = Field(
        default=0,
        ge=0,
        le=30,
        description="Wait until the run has finished, for at most that many seconds.",
    )


class StartView(RestView):
    """The runs of one workflow."""

    needs = {"POST": ("start_run",)}

    @operation(
        "start_run",
        "Start a run. To wait for its result, the user must be allowed to view runs, too.",
        answers={201: Started, 200: Started},
        body=StartBody,
        query=StartQuery,
        headers=[
            header(
                IDEMPOTENCY_KEY,
                "A second request with the same key and values returns 200 with the first run.",
            ),
            reply_header("Location", "The run's URL.", [200, 201]),
        ],
        errors=[404, 409],
        example={"payload": {"order_id": 17}, "tags": ["vip"]},
    )
    def post(self, request: Request, workflow: str) -> Response:
        """Start a run and return 201, or 200 if the key was used before."""
        seconds = read_query(StartQuery, request).wait
        if seconds:
            require_permission(request.user, "view_run")
        body = read_body(StartBody, request)
        api.check_start(request.user)
        run = api.start_run(
            workflow,
            body.payload,
            trigger=body.trigger,
            tags=body.tags,
            start_at=body.start_at,
            idempotency_key=read_idempotency_key(request),
            actor=request.user,
        )
        if run.existed and not has_permission(request.user, "view_run"):
            run = run.model_copy(update=_AT_ITS_START)
        return answer(
            _wait(run, seconds) if seconds else Started(**dict(run)),
            status=200 if run.existed else 201,
            headers={"Location": find_url(request, "run", run.id)},
        )


def _wait(run: api.StartedRun, seconds: int) -> Started:
    latest = api.wait_for_run(run.id, float(seconds))
    state: dict[str, Any] | None = None
    if latest.status in FINISHED_RUN:
        state = api.inspect_run(run.id).state
    return Started(**dict(latest), existed=run.existed, state=state)
