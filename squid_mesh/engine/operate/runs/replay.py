"""Replaying a run: a new one of the same workflow, from its start, linked to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.operate import locked_run, permission
from squid_mesh.engine.start import start
from squid_mesh.exceptions import PayloadError
from squid_mesh.lifecycle import EventType
from squid_mesh.store import events
from squid_mesh.store.values import NewRun
from squid_mesh.tools.secrets import MASK


def replay(
    run_id: UUID,
    *,
    payload: Mapping[str, Any] | None,
    allow_irreversible: bool,
    actor: Actor,
    reason: str,
) -> tuple[NewRun, datetime]:
    """Start the new run; what it is and when it was created.

    Raises:
        NotPermitted, RunNotFound
        IllegalAction: the run isn't over yet.
        IrreversibleSteps: it completed irreversible steps, or may have, and that isn't allowed.
        PayloadError: the payload doesn't fit the workflow as it is now, or has masks where secrets were.
    """
    permission.check(Action.REPLAY, actor)
    permission.check_override(actor, allow_irreversible=allow_irreversible)
    using = conf.database()
    with transaction.atomic(using=using):
        found = locked_run.locked(run_id, using)
        run = found.run
        faults = {path: ["it is masked: write the secret anew"] for path in _masks(payload, "")}
        if faults:
            raise PayloadError(run.workflow, run.trigger, faults)
        repeated = found.require(Action.REPLAY).irreversible
        found.allow(repeated, f"A replay of run {run_id}", allow_irreversible=allow_irreversible)
        started = start(
            run.workflow,
            run.payload if payload is None else payload,
            trigger=run.trigger,
            actor=actor,
            replay=run,
            reason=reason,
        )
        assert isinstance(started, tuple)  # noqa: S101 - a replay has no idempotency key
        data = {"replay": str(started[0].id), "repeated": list(repeated)}
        events.append(run_id, [event_by(actor, EventType.RUN_REPLAYED, comment=reason, data=data)], using)
    return started


def _masks(value: Any, path: str) -> Iterator[str]:
    """Where a mask stands for a secret: a payload that was copied from what inspection shows."""
    if value == MASK:
        yield path
    elif isinstance(value, Mapping | list | tuple):
        items = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, item in items:
            yield from _masks(item, f"{path}.{key}" if path else str(key))
