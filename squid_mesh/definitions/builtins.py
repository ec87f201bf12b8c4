"""The code behind the steps that ship with the product."""

from __future__ import annotations

import logging
from string import Formatter
from typing import Any

from squid_mesh.definitions.assignees import find_assignees
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import AskPeople, Outcome, Sleep
from squid_mesh.definitions.request import EscalationPolicy, Request, outcome_of


def wait(seconds: float, ctx: StepContext) -> None:
    """Sleep in the database, once, then complete."""
    if not ctx.resumed:
        raise Sleep(seconds)


class _StateFormatter(Formatter):
    """Reads ``{invoice.id}`` as a path into the state, never as an attribute of a Python object."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        value: Any = kwargs
        for part in field_name.split("."):
            value = value.get(part, f"{{{field_name}}}") if isinstance(value, dict) else "?"
        return value, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        try:
            return str(super().format_field(value, format_spec))
        except (ValueError, TypeError):  # a log line must not fail its run
            return str(value)


def log(message: str, level: str, ctx: StepContext) -> None:
    """Write the message, with ``{paths}`` filled in from the state, to the step's logger."""
    text = _StateFormatter().vformat(message, (), dict(ctx.state))
    ctx.logger.log(logging.getLevelNamesMapping()[level.upper()], text)


def pause(request: Request) -> None:
    """Be held until a person lets it go on."""
    raise AskPeople(request)


def approval(
    request: Request, assignee: str | None, seconds: float | None, ctx: StepContext
) -> Outcome | None:
    """Be held until people have decided; at the deadline take an exit, or ask more people."""
    if ctx.request is not None:
        return _at_the_deadline(Request.model_validate(ctx.request))
    if assignee is not None:
        request = request.with_assignees(find_assignees(assignee, ctx, request.quorum))
    raise AskPeople(request, seconds)


def _at_the_deadline(asked: Request) -> Outcome:
    match asked.on_timeout:
        case EscalationPolicy() as policy:
            raise AskPeople(asked.escalate(policy), policy.deadline)
        case None:
            raise AskPeople(asked)
        case exit:
            return Outcome(outcome_of(exit))
