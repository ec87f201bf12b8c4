"""The code of the built-in steps ``wait``, ``log``, ``pause`` and ``approval``.

To add a built-in step, write its code here, its declaration in ``declare/builtins.py``, its rules in
``rules/steps/builtins.py`` and its sign in ``inspection/diagram``. Export the declaration in ``squid_mesh``.
"""

from __future__ import annotations

import logging
from string import Formatter
from typing import Any, Final, assert_never

from squid_mesh.definitions.assignees import find_assignees
from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import AskPeople, Outcome, Sleep
from squid_mesh.definitions.request import EscalationPolicy, Request, outcome_of
from squid_mesh.definitions.values.limits import shorten_text
from squid_mesh.printable import escape_controls


def wait(seconds: float, ctx: StepContext) -> None:
    """Wait in the database for that time, then complete."""
    if not ctx.resumed:
        raise Sleep(seconds)


#: A log message is shortened to that many characters.
_LONGEST_MESSAGE: Final = 10_000


class _StateFormatter(Formatter):
    """Read ``{invoice.id}`` as a path into the state, never as an attribute of a Python object."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        value: Any = kwargs
        for part in field_name.split("."):
            value = value.get(part, f"{{{field_name}}}") if isinstance(value, dict) else "?"
        return value, field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        try:
            return str(super().format_field(value, format_spec))
        except (ValueError, TypeError):  # a log message must not fail its run
            return str(value)


def log(message: str, level: str, ctx: StepContext) -> None:
    """Log the message to the step's logger, with each ``{path}`` replaced by its value in the state."""
    text = shorten_text(_StateFormatter().vformat(message, (), dict(ctx.state)), _LONGEST_MESSAGE)
    ctx.logger.log(logging.getLevelNamesMapping()[level.upper()], escape_controls(text, keep_lines=True))


def pause(request: Request) -> None:
    """Wait until a person resumes the step."""
    raise AskPeople(request)


def approval(
    request: Request, assignee: str | None, seconds: float | None, ctx: StepContext
) -> Outcome | None:
    """Wait until people have decided. At the deadline, take an exit or ask more people."""
    if ctx.request is not None:
        return _pass_deadline(Request.model_validate(ctx.request))
    if assignee is not None:
        request = request.with_assignees(find_assignees(assignee, ctx, request.quorum))
    raise AskPeople(request, seconds)


def _pass_deadline(request: Request) -> Outcome:
    match request.on_timeout:
        case EscalationPolicy() as policy:
            raise AskPeople(request.escalate(policy), policy.deadline)
        case None:
            raise AskPeople(request)
        case str() as exit:
            return Outcome(outcome_of(exit))
        case unknown:
            assert_never(unknown)
