"""A run's history and values: audit events, the attempts at a step, and large values whole."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response

from squid_mesh import api
from squid_mesh.exceptions import RunNotFound, StepNotFound
from squid_mesh.rest.base.paging import next_page
from squid_mesh.rest.base.parameters import Integer, OlderQuery
from squid_mesh.rest.base.permissions import VIEW
from squid_mesh.rest.base.requests import Query, read_query
from squid_mesh.rest.base.views import RestView, answer
from squid_mesh.rest.documentation.operations import operation
from squid_mesh.rest.values import AttemptList, EventList, StoredValue


class VisitQuery(Query):
    """Which visit of the step."""

    visit: Integer = Field(default=1, ge=1, le=2**31 - 1)


class AttemptsQuery(OlderQuery, VisitQuery):
    """Which attempts."""


class EventsView(RestView):
    """The audit history of a run."""

    needs = {"GET": VIEW}

    @operation(
        "list_events",
        "List the events of a run, the newest first.",
        answers={200: EventList},
        query=OlderQuery,
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return a page."""
        query = read_query(OlderQuery, request)
        events = api.list_events(run_id, limit=query.limit, before=query.before)
        if not events and not api.list_events(run_id, limit=1):  # every run has one
            raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
        older = events[-1].sequence if events and events[-1].sequence > 1 else None
        return answer(EventList(results=events, next=next_page(request, "before", older)))


class AttemptsView(RestView):
    """The attempts at a step."""

    needs = {"GET": VIEW}

    @operation(
        "list_attempts",
        "List the attempts at one visit of a step, the newest first.",
        answers={200: AttemptList},
        query=AttemptsQuery,
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID, step: str) -> Response:
        """Return a page."""
        query = read_query(AttemptsQuery, request)
        attempts = api.list_attempts(run_id, step, visit=query.visit, limit=query.limit, before=query.before)
        if not attempts:
            _require_step(run_id, step)
        older = attempts[-1].number if attempts and attempts[-1].number > 1 else None
        return answer(AttemptList(results=attempts, next=next_page(request, "before", older)))


class PayloadView(RestView):
    """A run's payload."""

    needs = {"GET": VIEW}

    @operation(
        "read_payload",
        "Read a run's payload whole. Secrets are masked.",
        answers={200: StoredValue},
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return the payload."""
        return _answer_value(api.read_value(run_id, "payload"))


class _StepValueView(RestView):
    name = ""

    def answer_value(self, request: Request, run_id: UUID, step: str) -> Response:
        visit = read_query(VisitQuery, request).visit
        return _answer_value(api.read_value(run_id, self.name, step=step, visit=visit))


class InputView(_StepValueView):
    """A step's input."""

    name = "input"
    needs = {"GET": VIEW}

    @operation(
        "read_input",
        "Read a step's input whole. Secrets are masked.",
        answers={200: StoredValue},
        query=VisitQuery,
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID, step: str) -> Response:
        """Return the input."""
        return self.answer_value(request, run_id, step)


class OutputView(_StepValueView):
    """A step's output."""

    name = "output"
    needs = {"GET": VIEW}

    @operation(
        "read_output",
        "Read a step's output whole. Secrets are masked.",
        answers={200: StoredValue},
        query=VisitQuery,
        errors=[404],
    )
    def get(self, request: Request, run_id: UUID, step: str) -> Response:
        """Return the output."""
        return self.answer_value(request, run_id, step)


def _answer_value(value: Any) -> Response:
    return answer(StoredValue(value=value))


def _require_step(run_id: UUID, step: str) -> None:
    """Raise RunNotFound or StepNotFound; a step without attempts is found."""
    run = api.inspect_run(run_id, recent=0, preview=1)
    if all(one.name != step for one in run.steps):
        raise StepNotFound(f"Run {run_id} has no step {step!r}.", run_id=str(run_id), step=step)
