"""Rules about triggers: a clock that fires, in a timezone that exists."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel

from squid_mesh.definitions.blueprint import CatchUp, Overlap
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.cron import find_expression_error, find_timezone_error
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted


def cron_expression_fires(draft: Draft) -> Iterator[Problem]:
    """A cron expression has five fields and fires again and again."""
    for name, declared in draft.triggers.items():
        fault = find_expression_error(declared.cron) if declared.kind == "cron" else None
        if fault:
            text = f"trigger {name!r} has the cron expression {declared.cron!r}, which {fault}"
            yield draft.problem(text, at=declared.location)


def cron_policies_are_known(draft: Draft) -> Iterator[Problem]:
    """``catch_up=`` and ``overlap=`` are words that the clock knows."""
    for name, declared in draft.triggers.items():
        if declared.kind != "cron":
            continue
        for option, value, known in (
            ("catch_up", declared.catch_up, get_args(CatchUp)),
            ("overlap", declared.overlap, get_args(Overlap)),
        ):
            if value not in known:
                text = f"trigger {name!r} has {option}={value!r}{did_you_mean(value, known)}"
                yield draft.problem(f"{text}; write {join_quoted(known)}", at=declared.location)


def cron_payload_is_complete(draft: Draft) -> Iterator[Problem]:
    """A clock gives no data: every field of its payload has a default."""
    for name, declared in draft.triggers.items():
        model = draft.payload_models[name]
        if declared.kind != "cron" or not inspect.isclass(model) or not issubclass(model, BaseModel):
            continue
        required = [field for field, info in model.model_fields.items() if info.is_required()]
        if required:
            text = f"trigger {name!r} starts runs without data, but its payload needs {join_quoted(required)}"
            mend = "give defaults, or give the trigger a payload= of its own"
            yield draft.problem(f"{text}; {mend}", at=declared.location)


def timezone_exists(draft: Draft) -> Iterator[Problem]:
    """A cron trigger's timezone is in the timezone database."""
    for name, declared in draft.triggers.items():
        fault = find_timezone_error(declared.timezone) if declared.kind == "cron" else None
        if fault:
            text = f"trigger {name!r} has the unknown timezone {declared.timezone!r}{fault}"
            yield draft.problem(text, at=declared.location)
