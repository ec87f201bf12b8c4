"""Stored definitions. They never change, so a process reads each once.

A process reads definitions of its own format and of earlier ones. It never claims a step of a run with a
newer format, and never recovers one from a lost worker: that is left to processes that can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from pydantic import ValidationError

from squid_mesh.definitions import blueprint
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.models import Definition, Run, StepRun


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableBlueprint:
    """A stored definition that this version of the code can't read. ``format`` is None if it states none."""

    fingerprint: str
    format: int | None
    message: str


@lru_cache(maxsize=512)
def read_blueprint(fingerprint: str, using: str) -> Blueprint:
    """Return the stored definition with that fingerprint. Fields that this version doesn't know are ignored.

    Raises:
        UnreadableDefinition: it has a newer format, or isn't valid.
    """
    stored = Definition.objects.using(using).values_list("blueprint", flat=True).get(pk=fingerprint)
    return _parse_blueprint(fingerprint, stored)


def _parse_blueprint(fingerprint: str, stored: Any) -> Blueprint:
    format = stored.get("format") if isinstance(stored, dict) else None
    if isinstance(format, int) and format > blueprint.FORMAT:
        raise UnreadableDefinition(
            f"Definition {fingerprint[:8]} has format {format}; this version of Squid Mesh reads formats "
            f"up to {blueprint.FORMAT}.",
            fingerprint=fingerprint,
            format=format,
        )
    try:
        return Blueprint.model_validate(stored, extra="ignore")
    except ValidationError as error:
        raise UnreadableDefinition(
            f"Definition {fingerprint[:8]} isn't valid: {error}", fingerprint=fingerprint, format=format
        ) from error


def read_blueprint_if_possible(fingerprint: str, using: str) -> Blueprint | UnreadableBlueprint:
    """Return the stored definition with that fingerprint, or why this version can't read it."""
    try:
        return read_blueprint(fingerprint, using)
    except UnreadableDefinition as error:
        return _unreadable(error)


def parse_blueprint_if_possible(fingerprint: str, stored: Any) -> Blueprint | UnreadableBlueprint:
    """Return the definition from its stored JSON, or why this version can't read it."""
    try:
        return _parse_blueprint(fingerprint, stored)
    except UnreadableDefinition as error:
        return _unreadable(error)


def _unreadable(error: UnreadableDefinition) -> UnreadableBlueprint:
    details = error.details
    return UnreadableBlueprint(
        fingerprint=details["fingerprint"], format=details["format"], message=error.message
    )


def of_readable_runs(steps: QuerySet[StepRun]) -> QuerySet[StepRun]:
    """Return those of the steps whose run's definition has a format that this process reads.

    A subquery instead of a join: a join would lock the runs too where the steps are locked.
    """
    formats = Run.objects.filter(pk=OuterRef("run_id")).values("definition_format")
    return steps.alias(format=Subquery(formats)).filter(format__lte=blueprint.FORMAT)
