"""Finding the stored values that this version can't read, to name them beside what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.db.models import Model

from squid_mesh.definitions.request import read_request
from squid_mesh.inspection.snapshots.unreadable import UnreadableValue
from squid_mesh.lifecycle import WaitingFor
from squid_mesh.models import StepRun, Unreadable
from squid_mesh.models.stored_json import NOT_A_REQUEST, find_unreadable_columns

_ASKING: Final = (WaitingFor.APPROVAL.value, WaitingFor.PAUSE.value)


def find_unreadable(rows: Iterable[Model]) -> tuple[UnreadableValue, ...]:
    """Return the values of these rows that can't be read, of the columns that were read."""
    return tuple(found for row in rows for found in _iterate_row(row))


def _iterate_row(row: Model) -> Iterator[UnreadableValue]:
    for column, problem in find_unreadable_columns(row):
        yield UnreadableValue(table=row._meta.db_table, id=str(row.pk), column=column, problem=problem)
    if isinstance(row, StepRun) and "request" in row.__dict__:
        yield from _find_request(row.pk, row.request, row.waiting_for)


def find_unreadable_in(model: type[Model], pk: Any, values: Mapping[str, Any]) -> tuple[UnreadableValue, ...]:
    """Return the values that can't be read, of a row that was read as a mapping of its columns.

    Of a step, give ``waiting_for`` with its ``request``.
    """
    found = tuple(
        UnreadableValue(table=model._meta.db_table, id=str(pk), column=column, problem=value.problem)
        for column, value in values.items()
        if isinstance(value, Unreadable)
    )
    if model is StepRun and "request" in values:
        found += tuple(_find_request(pk, values["request"], values["waiting_for"]))
    return found


def _find_request(step_id: int, stored: Any, waiting_for: str | None) -> Iterator[UnreadableValue]:
    """Yield the request of a step if it is no request, or missing although the step asks people."""
    if stored is None:
        problem = "it is missing" if waiting_for in _ASKING else ""
    else:
        known = isinstance(stored, Unreadable) or read_request(stored) is not None
        problem = "" if known else NOT_A_REQUEST
    if problem:
        table = StepRun._meta.db_table
        yield UnreadableValue(table=table, id=str(step_id), column="request", problem=problem)
