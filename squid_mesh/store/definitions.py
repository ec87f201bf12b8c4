"""Stored definitions. They never change, so a process reads each once.

A process reads definitions of its own format and of earlier ones. It never claims a step of a run with a
newer format, or one with a status or a wait that it doesn't know, and never recovers one from a lost worker:
that is left to processes of the newer version. The same holds for a definition that its cluster has found
unreadable. A step whose code its cluster doesn't have is recovered, but not claimed.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from pydantic import ValidationError

from squid_mesh import conf
from squid_mesh.definitions import blueprint
from squid_mesh.definitions.blueprint import PSEUDO_TARGETS, Blueprint
from squid_mesh.exceptions import UnreadableDefinition
from squid_mesh.lifecycle import OPEN_STEP, WaitingFor
from squid_mesh.models import Definition, Run, StepRun, Unreadable
from squid_mesh.store import missing
from squid_mesh.store.missing import Left
from squid_mesh.store.values import MissingCode

_KNOWN_WAITS = ["", *(waiting_for.value for waiting_for in WaitingFor)]


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
    if isinstance(stored, Unreadable):
        message += f"can't be read: {stored.problem}."
        return UnreadableBlueprint(fingerprint=fingerprint, format=None, message=message)
    if format is not None and format > blueprint.FORMAT:
        message += f"has format {format}; this version of Squid Mesh reads formats up to {blueprint.FORMAT}."
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=message)
    try:
        found = Blueprint.model_validate(stored, extra="ignore")
    except (ValidationError, RecursionError) as error:
        message += f"isn't valid: {error}"
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=message)
    if problem := _find_graph_error(found):
        message += f"isn't valid: {problem}."
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=message)
    return found


def _find_graph_error(found: Blueprint) -> str:
    """Return why no run can follow the graph, empty if one can."""
    if len(found.by_name) != len(found.steps):
        return "two of its steps have the same name"
    targets = {*found.by_name, *PSEUDO_TARGETS}
    for edge in found.edges:
        if edge.source not in found.by_name or edge.target not in targets:
            return f"its edge from {edge.source} to {edge.target} names a step that it doesn't have"
    try:
        assert found.order is not None  # noqa: S101 - reading it sorts the steps
    except CycleError:
        return "its steps form a cycle"
    return ""


@lru_cache(maxsize=512)
def read_blueprint(fingerprint: str, using: str) -> Blueprint:
    """Return the stored definition with that fingerprint.

    Raises:
        UnreadableDefinition: this version can't read it.
    """
    definitions = Definition.objects.using(using).values_list("blueprint", flat=True)
    found = parse_blueprint(definitions.get(pk=fingerprint), fingerprint)
    if isinstance(found, UnreadableBlueprint):
        raise UnreadableDefinition(found.message, fingerprint=fingerprint, format=found.format)
    return found


def read_blueprint_with(step: str | None, fingerprint: str, using: str) -> Blueprint:
    """Return the stored definition, to execute a step of that name if one is given.

    The cluster remembers a definition that can't be read, and leaves its steps to others.

    Raises:
        UnreadableDefinition: this version can't read it, or it has no such step.
    """
    try:
        found = read_blueprint(fingerprint, using)
        if step is not None and step not in found.by_name:
            message = f"Definition {fingerprint[:8]} isn't valid: it has no step {step}."
            raise UnreadableDefinition(message, fingerprint=fingerprint, format=found.format)
    except UnreadableDefinition:
        _leave(fingerprint)
        raise
    return found


def _leave(fingerprint: str) -> None:
    now = time.monotonic()
    until = now + conf.current().CODE_RECHECK_SECONDS
    missing.remember(MissingCode(definition=fingerprint), until=until, left=True, now=now)


def read_blueprint_if_possible(fingerprint: str, using: str) -> Blueprint | UnreadableBlueprint:
    """Return the stored definition with that fingerprint, or why this version can't read it."""
    try:
        return read_blueprint(fingerprint, using)
    except UnreadableDefinition as error:
        format = error.details["format"]
        return UnreadableBlueprint(fingerprint=fingerprint, format=format, message=error.message)


def filter_readable(steps: QuerySet[StepRun], left: Left) -> QuerySet[StepRun]:
    """Return the steps that this process understands: their status, their wait, and their run's definition.

    A subquery instead of a join: a join would lock the runs too where the steps are locked.
    """
    run = Run.objects.filter(pk=OuterRef("run_id"))
    known = steps.filter(status__in=[status.value for status in OPEN_STEP], waiting_for__in=_KNOWN_WAITS)
    known = known.alias(format=Subquery(run.values("definition_format"))).filter(format__lte=blueprint.FORMAT)
    if left:
        known = known.alias(fingerprint=Subquery(run.values("definition_id")))
        known = known.exclude(fingerprint__in=left.definitions)
    return known


def filter_runnable(steps: QuerySet[StepRun], left: Left) -> QuerySet[StepRun]:
    """Return the steps that this process understands and doesn't leave to other clusters."""
    known = filter_readable(steps, left)
    names = defaultdict(list)
    for definition, name in left.steps:
        names[definition].append(name)
    for definition, own in names.items():
        known = known.exclude(fingerprint=definition, name__in=own)
    return known
