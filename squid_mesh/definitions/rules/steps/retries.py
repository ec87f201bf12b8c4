"""Rules about ``retry=``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.retry import Delays, Retry, as_sequence
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.rules.durations import find_duration_error
from squid_mesh.definitions.rules.importable import find_import_error

#: The largest number that every database stores in an integer column.
_MOST_ATTEMPTS = 2**31 - 1


def check_retry(draft: Draft) -> Iterator[Problem]:
    """``retry=`` is a ``Retry``."""
    for name, declared in draft.steps.items():
        given: Any = declared.retry
        if given is not None and not isinstance(given, Retry):
            yield draft.problem(f"its retry= is {given!r}; write Retry(5)", step=name)


def check_numbers(draft: Draft) -> Iterator[Problem]:
    """Attempts, delays and jitter are numbers in their ranges."""
    for name, retry in _list_retries(draft):
        for error in (*_find_retry_errors(retry), *_find_backoff_errors(retry.backoff)):
            yield draft.problem(f"its retry has {error}", step=name)


def _find_retry_errors(retry: Retry) -> Iterator[str]:
    attempts: Any = retry.max_attempts
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        yield f"max_attempts={attempts!r}; use a whole number of at least 1"
    elif attempts > _MOST_ATTEMPTS:
        yield f"more than {_MOST_ATTEMPTS} max_attempts; use fewer"
    jitter: Any = retry.jitter
    if isinstance(jitter, bool) or not isinstance(jitter, int | float) or not 0 <= jitter <= 1:
        yield f"jitter={jitter!r}; use a number from 0 to 1"


def _find_backoff_errors(backoff: Any) -> Iterator[str]:
    if not isinstance(backoff, Delays):
        yield f"backoff={backoff!r}; use exponential(...), linear(...) or fixed(...)"
        return
    errors = list(_find_number_errors(backoff))
    yield from errors
    if errors:
        return
    numbers = backoff.numbers
    low = "min" if "min" in numbers else "step"
    if "max" in numbers and numbers[low] > numbers["max"]:
        over = f"{low} of {numbers[low]:g} s is more than its max of {numbers['max']:g} s"
        yield f"a backoff whose {over}; swap them"


def _find_number_errors(backoff: Delays) -> Iterator[str]:
    for key, value in backoff.numbers.items():
        error = None if key == "factor" else find_duration_error(value, zero=True)
        if error:
            yield f"a backoff whose {key} {error}"
            return
    try:
        backoff.compile()
    except ValidationError as invalid:
        for detail in invalid.errors():
            yield f"a backoff whose {detail['loc'][-1]} is invalid: {detail['msg']}; change it"


def check_exceptions(draft: Draft) -> Iterator[Problem]:
    """``retry_on=`` and ``give_up_on=`` contain exception classes, none of them in both."""
    for name, retry in _list_retries(draft):
        for word, given in (("retry_on", retry.retry_on), ("give_up_on", retry.give_up_on)):
            for kind in as_sequence(given):
                error = _find_exception_error(kind, draft.cls)
                if error:
                    yield draft.problem(f"its {word}= {error}", step=name)
        for kind in as_sequence(retry.retry_on):
            if kind in as_sequence(retry.give_up_on):
                text = f"its retry_on= and give_up_on= both contain {_name(kind)}; keep one"
                yield draft.problem(text, step=name)


def _find_exception_error(kind: Any, owner: type) -> str | None:
    if not inspect.isclass(kind) or not issubclass(kind, Exception):
        return f"contains {kind!r}; use exception classes"
    error = find_import_error(kind, owner)
    return f"contains {_name(kind)}, which {error}" if error else None


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


def _list_retries(draft: Draft) -> Sequence[tuple[str, Retry]]:
    return [(name, d.retry) for name, d in draft.steps.items() if isinstance(d.retry, Retry)]
