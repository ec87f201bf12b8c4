"""A second start with an idempotency key: whether it asks for the same run as the first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel

from squid_mesh.definitions.values.defaults import Default
from squid_mesh.definitions.values.payload import StoredPayload, compare_payloads
from squid_mesh.models import Run
from squid_mesh.store.events import read_start_time
from squid_mesh.store.values import NewRun


def list_conflicts(
    new: NewRun, run: Run, model: type[BaseModel], defaults: Sequence[Default], using: str
) -> list[str]:
    """Return in which arguments the start differs from the one that made the run; empty if in none.

    ``defaults`` are the values of the new payload that its caller didn't give. What defaults make is not
    compared, and neither are the actor and the reason: who submits doesn't matter.
    """
    if run.trigger != new.trigger:  # another trigger may have another model
        return ["trigger"]
    found = [f"payload.{name}" for name in _compare_payloads(new, run, model, defaults)]
    if (run.subject_type, run.subject_id) != (new.subject_type, new.subject_id):
        found.append("subject")
    if list(run.tags) != list(new.tags):
        found.append("tags")
    if run.replay_of_id != new.replay_of:
        found.append("replay_of")
    if _read_start_time(run, using) != new.start_at:
        found.append("start_at")
    return found


def _compare_payloads(
    new: NewRun, run: Run, model: type[BaseModel], defaults: Sequence[Default]
) -> list[str]:
    made = frozenset(default.place for default in defaults)
    if run.by_default is None:
        # A version that didn't record it wrote the run: only what code makes may differ.
        before = frozenset(default.place for default in defaults if default.computed)
    else:
        before = frozenset(tuple(place) for place in run.by_default)
    return compare_payloads(
        model,
        StoredPayload(state=run.payload, by_default=before),
        StoredPayload(state=new.payload, by_default=made),
    )


def _read_start_time(run: Run, using: str) -> datetime | None:
    text = read_start_time(run.pk, using)
    return None if text is None else datetime.fromisoformat(text)
