"""Runs: the list, one run, and why it is where it is."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.lifecycle import RunStatus
from squid_mesh.rest.base.entity_tags import is_known, make_tag
from squid_mesh.rest.base.paging import next_page
from squid_mesh.rest.base.parameters import Boolean, PageQuery, Time
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.requests import read_query
from squid_mesh.rest.base.views import RestView, answer
from squid_mesh.rest.documentation.operations import header, operation, reply_header
from squid_mesh.rest.values import RunList

#: How much of a run's history is in its snapshot; all of it is at ``events`` and ``attempts``.
_EVENTS: Final = 20
_ATTEMPTS: Final = 5
_ALL_ATTEMPTS: Final = 200
_VISITS: Final = 20
#: Of larger values the snapshot has the beginning; they are whole at ``payload``, ``input`` and ``output``.
_LARGE: Final = 100_000


class RunQuery(PageQuery):
    """Which runs."""

    workflow: str | None = None
    status: RunStatus | None = None
    trigger: str | None = None
    tag: tuple[str, ...] = Field(default=(), description="A run must have all of them.")
    subject: str | None = Field(
        default=None, description="The project's object that the run is about: `app.model:key`."
    )
    search: str = Field(
        default="",
        description="A run's id or its first 8 or more characters, an idempotency key, or a subject's key.",
    )
    created_from: Time | None = None
    created_before: Time | None = None
    needs_person: Boolean = Field(
        default=False, description="Only unfinished runs with a step that waits for people."
    )
    count: Boolean = Field(default=False, description="Also count the runs; counting stops at 1,000.")


class RunsView(RestView):
    """All runs."""

    needs = {"GET": VIEW}

    @operation(
        "list_runs",
        "List runs, the newest first. Pages are stable while new runs start.",
        answers={200: RunList},
        query=RunQuery,
        errors=[404],
    )
    def get(self, request: Request) -> Response:
        """Return a page."""
        query = read_query(RunQuery, request)
        filters: dict[str, Any] = query.model_dump(exclude={"limit", "after", "count"})
        page = api.list_runs(**filters, limit=query.limit, after=query.after)
        return answer(
            RunList(
                results=page.runs,
                next=next_page(request, "after", page.next),
                count=api.count_runs(**filters) if query.count else None,
            )
        )


class RunView(RestView):
    """One run."""

    needs = {"GET": VIEW}

    @operation(
        "read_run",
        "Read a run: data, steps, and the latest part of its history. Secrets are masked.",
        answers={200: api.RunSnapshot, 304: None},
        headers=[
            header("If-None-Match", "The entity tag of the version that you have."),
            reply_header("ETag", "The entity tag of this version, for `If-Match`.", [200, 304]),
        ],
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the run, or 304 if the client has it."""
        run = read_run(run_id)
        tag = make_tag(run)
        if is_known(request, tag):
            return Response(status=304, headers={"ETag": tag})
        return answer(run, headers={"ETag": tag})


class ExplanationView(RestView):
    """Why a run is where it is."""

    needs = {"GET": VIEW}

    @operation(
        "explain_run",
        "Explain why a run is where it is, what happens next, and what people can do.",
        answers={200: api.Explanation},
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the explanation, with what the user may do."""
        return answer(api.explain_run(run_id, user=request.user))


def read_run(run_id: UUID) -> api.RunSnapshot:
    """Return the run with the latest part of its history and the beginning of large values.

    The events are read before the steps: otherwise an event could report the end of a step that the
    snapshot still shows as running.
    """
    events = tuple(reversed(api.list_events(run_id, limit=_EVENTS)))
    run = api.inspect_run(run_id, recent=_VISITS, preview=_LARGE)
    names = {step.name for step in run.steps if step.attempt or step.request}
    known = api.add_history(run, names, recent=_ATTEMPTS, most=_ALL_ATTEMPTS)
    return known.model_copy(update={"events": events})
