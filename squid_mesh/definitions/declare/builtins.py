"""The declarations of the built-in steps ``wait(hours=1)`` and ``log("…")``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from squid_mesh.definitions import builtins
from squid_mesh.definitions.choices import Join
from squid_mesh.definitions.declare.step import After, Guard, StepDeclaration
from squid_mesh.definitions.problems import find_caller


def wait(
    delay: timedelta | None = None,
    *,
    days: float = 0,
    hours: float = 0,
    minutes: float = 0,
    seconds: float = 0,
    after: After = (),
    when: Guard | None = None,
    join: Join | None = None,
) -> StepDeclaration:
    """Declare a step that waits in the database, without occupying a worker, and then completes.

    The time is a timedelta, or the sum of the units. See ``step`` for ``after``, ``when`` and ``join``.
    """
    total = seconds + 60 * (minutes + 60 * (hours + 24 * days))
    given: object = delay  # a bare number has no unit; a rule rejects it
    options: dict[str, Any] = {"seconds": total}
    if isinstance(given, timedelta):
        options = {"seconds": total + given.total_seconds()}
    elif given is not None:
        options = {"delay": given}
    return StepDeclaration(
        target=builtins.wait,
        location=find_caller(),
        options=options,
        after=after,
        when=when,
        join=join,
        is_builtin=True,
    )


def log(
    message: str,
    level: str = "info",
    *,
    after: After = (),
    when: Guard | None = None,
    join: Join | None = None,
) -> StepDeclaration:
    """Declare a step that logs a message to ``squid_mesh.step``.

    ``{invoice.id}`` in the message is replaced by the value at that path in the state. ``level`` is a name of
    the logging module in lower case. See ``step`` for ``after``, ``when`` and ``join``.
    """
    return StepDeclaration(
        target=builtins.log,
        location=find_caller(),
        options={"message": message, "level": level},
        after=after,
        when=when,
        join=join,
        is_builtin=True,
    )
