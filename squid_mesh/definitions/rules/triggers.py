"""Rules about triggers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from pydantic import BaseModel

from squid_mesh.definitions.choices import CATCH_UPS, OVERLAPS
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.cron import find_expression_error, find_timezone_error
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted


def check_expression(draft: Draft) -> Iterator[Problem]:
    """A cron expression has five fields and fires repeatedly."""
    for name, declared in draft.triggers.items():
        error = find_expression_error(declared.cron) if declared.kind == "cron" else None
        if error:
            text = f"trigger {name!r} has the cron expression {declared.cron!r}, which {error}"
            yield draft.problem(text, at=declared.location)


def check_catch_up_and_overlap(draft: Draft) -> Iterator[Problem]:
    """``catch_up=`` and ``overlap=`` have known values."""
    for name, declared in draft.triggers.items():
        if declared.kind != "cron":
            continue
        for option, value, known in (
            ("catch_up", declared.catch_up, CATCH_UPS),
            ("overlap", declared.overlap, OVERLAPS),
        ):
            if value not in known:
                hint = did_you_mean(value, known)
                text = f"trigger {name!r} has {option}={value!r}{hint}; use one of {join_quoted(known)}"
                yield draft.problem(text, at=declared.location)


def check_payload(draft: Draft) -> Iterator[Problem]:
    """A cron trigger starts runs without data, so every field of its payload has a default."""
    for name, declared in draft.triggers.items():
        model = draft.payload_models[name]
        if declared.kind != "cron" or not inspect.isclass(model) or not issubclass(model, BaseModel):
            continue
        if model is BaseModel:  # payloads.check_model reports it
            continue
        required = [field for field, info in model.model_fields.items() if info.is_required()]
        if required:
            text = (
                f"trigger {name!r} starts runs without data, but its payload requires {join_quoted(required)}"
            )
            fix = "add defaults, or give the trigger its own payload="
            yield draft.problem(f"{text}; {fix}", at=declared.location)


def check_timezone(draft: Draft) -> Iterator[Problem]:
    """A cron trigger's timezone is in the timezone database."""
    for name, declared in draft.triggers.items():
        hint = find_timezone_error(declared.timezone) if declared.kind == "cron" else None
        if hint:
            text = f"trigger {name!r} has the unknown timezone {declared.timezone!r}{hint}"
            yield draft.problem(text, at=declared.location)
