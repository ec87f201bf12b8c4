"""The declarations of the built-in steps ``wait(hours=1)`` and ``log("…")``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from squid_mesh.definitions import builtins
from squid_mesh.definitions.choices import Join
from squid_mesh.definitions.declare.step import After, Guard, StepDeclaration
from squid_mesh.definitions.problems import find_caller

_SECONDS: Final = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}


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
    units = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
    given: object = delay  # a bare number has no unit; a rule rejects it
    options: dict[str, Any]
    if wrong := {unit: number for unit, number in units.items() if not _is_number(number)}:
        options = {"wrong_units": wrong}
    elif given is None or isinstance(given, timedelta):
        total = sum(float(number) * _SECONDS[unit] for unit, number in units.items())
        options = {"seconds": total + (given.total_seconds() if isinstance(given, timedelta) else 0)}
    else:
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


def _is_number(value: object) -> bool:
    """Whether it is a number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        float(value)
    except OverflowError:
        return False
    return True


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
