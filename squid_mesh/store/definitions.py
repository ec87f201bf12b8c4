"""Stored definitions. They never change, so a process reads each once.

A process reads definitions of its own format and of earlier ones. It never claims a step of a run with a
newer format, or with a status that it doesn't know, and never recovers one from a lost worker: that is left
to processes of the newer version.
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
from squid_mesh.lifecycle import OPEN_STEP
from squid_mesh.models import Definition, Run, StepRun


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableBlueprint:
    """A stored definition that this version of the code can't read, and why.

    ``format`` is the format that it states; None if it states none.
    """

    fingerprint: str
    format: int | None
    message: str


def parse_blueprint(stored: Any, fingerprint: str) -> Blueprint | UnreadableBlueprint:
    """Return the blueprint that is stored as that JSON, or why this version can't read it.

    Fields that this version doesn't know are ignored: without a newer format they change nothing about a run.
    """
    stated = stored.get("format") if isinstance(stored, dict) else None
    format = stated if isinstance(stated, int) else None
    message = f"Definition {fingerprint[:8]} "
    if format is not None and format > blueprint.FORMAT:
        message += f"has format {format}; this version of Squid Mesh reads formats up to {blueprint.FORMAT}."
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=message)
    try:
        return Blueprint.model_validate(stored, extra="ignore")
    except ValidationError as error:
        message += f"isn't valid: {error}"
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=message)


@lru_cache(maxsize=512)
def read_blueprint(fingerprint: str, using: str) -> Blueprint:
    """Return the stored definition with that fingerprint.

    Raises:
        UnreadableDefinition: this version can't read it.
    """
    stored = Definition.objects.using(using).values_list("blueprint", flat=True).get(pk=fingerprint)
    found = parse_blueprint(stored, fingerprint)
    if isinstance(found, UnreadableBlueprint):
        raise UnreadableDefinition(found.message, fingerprint=fingerprint, format=found.format)
    return found


def read_blueprint_if_possible(fingerprint: str, using: str) -> Blueprint | UnreadableBlueprint:
    """Return the stored definition with that fingerprint, or why this version can't read it."""
    try:
        return read_blueprint(fingerprint, using)
    except UnreadableDefinition as error:
        format = error.details["format"]
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=error.message)


def filter_readable(steps: QuerySet[StepRun]) -> QuerySet[StepRun]:
    """Return those of the steps that this process understands: their status, and their run's format.

    A subquery instead of a join: a join would lock the runs too where the steps are locked.
    """
    formats = Run.objects.filter(pk=OuterRef("run_id")).values("definition_format")
    known = steps.filter(status__in=[status.value for status in OPEN_STEP])
    return known.alias(format=Subquery(formats)).filter(format__lte=blueprint.FORMAT)
