"""Rules about ``retry=``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.importable import find_import_error
from squid_mesh.definitions.declare.retry import Delays, Retry, as_sequence
from squid_mesh.definitions.problems import Problem
from squid_mesh.definitions.rules.durations import find_duration_error


def retry_is_a_policy(draft: Draft) -> Iterator[Problem]:
    """``retry=`` is a ``Retry``."""
    for name, declared in draft.steps.items():
        given: Any = declared.retry
        if given is not None and not isinstance(given, Retry):
            yield draft.problem(f"its retry= is {given!r}; write retry=Retry(5)", step=name)


def retry_numbers_are_in_range(draft: Draft) -> Iterator[Problem]:
    """Attempts, delays and jitter are numbers that mean something."""
    for name, retry in _retries(draft):
        for fault in (*_own_faults(retry), *_backoff_faults(retry.backoff)):
            yield draft.problem(f"its retry has {fault}", step=name)


def _own_faults(retry: Retry) -> Iterator[str]:
    attempts: Any = retry.max_attempts
    if isinstance(attempts, bool) or not isinstance(attempts, int) or attempts < 1:
        yield f"max_attempts={attempts!r}; give a whole number of at least 1"
    jitter: Any = retry.jitter
    if isinstance(jitter, bool) or not isinstance(jitter, int | float) or not 0 <= jitter <= 1:
        yield f"jitter={jitter!r}; give a share from 0 to 1"


def _backoff_faults(backoff: Any) -> Iterator[str]:
    if not isinstance(backoff, Delays):
        yield f"backoff={backoff!r}; write exponential(...), linear(...) or fixed(...)"
        return
    faults = list(_number_faults(backoff))
    yield from faults
    if faults:
        return
    numbers = backoff.numbers
    low = "min" if "min" in numbers else "step"
    if "max" in numbers and numbers[low] > numbers["max"]:
        over = f"{low} of {numbers[low]:g} s is over its max of {numbers['max']:g} s"
        yield f"a backoff whose {over}; swap them"


def _number_faults(backoff: Delays) -> Iterator[str]:
    for key, value in backoff.numbers.items():
        fault = None if key == "factor" else find_duration_error(value, zero=True)
        if fault:
            yield f"a backoff whose {key} {fault}"
            return
    try:
        backoff.compiled()
    except ValidationError as error:
        for detail in error.errors():
            yield f"a backoff whose {detail['loc'][-1]} is wrong: {detail['msg']}"


def retry_exceptions_can_be_imported(draft: Draft) -> Iterator[Problem]:
    """``retry_on=`` and ``give_up_on=`` hold exception classes, none of them in both."""
    for name, retry in _retries(draft):
        for word, given in (("retry_on", retry.retry_on), ("give_up_on", retry.give_up_on)):
            for kind in as_sequence(given):
                fault = _exception_fault(kind, draft.cls)
                if fault:
                    yield draft.problem(f"its {word}= {fault}", step=name)
        for kind in as_sequence(retry.retry_on):
            if kind in as_sequence(retry.give_up_on):
                text = f"its retry_on= and give_up_on= both hold {_name(kind)}; keep one"
                yield draft.problem(text, step=name)


def _exception_fault(kind: Any, owner: type) -> str | None:
    if not inspect.isclass(kind) or not issubclass(kind, Exception):
        return f"holds {kind!r}; give exception classes"
    fault = find_import_error(kind, owner)
    return f"holds {_name(kind)}, which {fault}" if fault else None


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", kind))


def _retries(draft: Draft) -> Sequence[tuple[str, Retry]]:
    return [(name, d.retry) for name, d in draft.steps.items() if isinstance(d.retry, Retry)]
