"""Stored values that a claimed step needs and that can't be read: its code must not run without them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.request import read_request
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.settle.results import InputUnreadable
from squid_mesh.exceptions import describe_unreadable
from squid_mesh.models import Run, StepRun
from squid_mesh.models.stored_json import NOT_A_REQUEST, why_unreadable
from squid_mesh.store.values import Claim


def find_unreadable_input(claim: Claim, memory: RunMemory) -> InputUnreadable | None:
    """Return what can't be read of the run's payload and schedule, the step's request and earlier outputs."""
    found = next(_iterate(claim, memory), None)
    if found is None:
        return None
    return InputUnreadable(
        {
            "type": "UnreadableRow",
            "code": "unreadable_row",
            "message": describe_unreadable(**found),
            "details": found,
        }
    )


def _iterate(claim: Claim, memory: RunMemory) -> Iterator[dict[str, Any]]:
    head = memory.head
    runs, steps = Run._meta.db_table, StepRun._meta.db_table
    for column, value in (("payload", head.payload), ("schedule", head.schedule)):
        problem = why_unreadable(value)
        if problem is not None:
            yield {"table": runs, "id": str(head.id), "column": column, "problem": problem}
    if claim.request is not None and read_request(claim.request) is None:
        problem = why_unreadable(claim.request) or NOT_A_REQUEST
        yield {"table": steps, "id": str(claim.step_id), "column": "request", "problem": problem}
    for row, problem in memory.list_unreadable_outputs(claim.name):
        yield {"table": steps, "id": str(row), "column": "output", "problem": problem}
