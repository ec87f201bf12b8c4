"""Rows of runs: locking, reading and moving them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.models import Run
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.locks import lock_rows, lock_unused_rows
from squid_mesh.store.values import RunHead


def find_run_by_key(workflow: str, key: str, using: str) -> Run | None:
    """Return the run of that workflow with that idempotency key, if there is one."""
    return Run.objects.using(using).filter(workflow=workflow, idempotency_key=key).first()


def lock_run(run_id: UUID, using: str, *columns: str) -> Run:
    """Return the run's row, locked until the transaction ends.

    It has only those columns; by default all but the payload. Another column is read when it is used.

    Raises:
        Run.DoesNotExist: there is no such run.
    """
    runs = Run.objects.using(using)
    return lock_rows(runs.only(*columns) if columns else runs.defer("payload"), using).get(pk=run_id)


def lock_run_if_free(run_id: UUID, using: str) -> Run | None:
    """Return the run's row, locked; None if another transaction holds it, or it was deleted."""
    runs = Run.objects.using(using).defer("payload").filter(pk=run_id)
    return lock_unused_rows(runs, using).first()


def read_run_head(run_id: UUID, using: str) -> RunHead:
    """Return what a worker needs to know of the run."""
    row = (
        Run.objects.using(using)
        .values_list("workflow", "definition_id", "trigger", "payload", "schedule", "trace", "secrets")
        .get(pk=run_id)
    )
    workflow, fingerprint, trigger, payload, schedule, trace, secrets = row
    return RunHead(
        id=run_id,
        workflow=workflow,
        fingerprint=fingerprint,
        trigger=trigger,
        payload=payload,
        schedule=schedule,
        trace=trace,
        secrets=secrets,
    )


def set_run_status(run_id: UUID, status: RunStatus, using: str, *, error: Any = None) -> None:
    """Give a locked run its new status, and its error if it has one."""
    values: dict[str, Any] = {"status": status.value}
    if status in FINISHED_RUN:
        values["finished_at"] = DatabaseNow()
    if error is not None:
        values["error"] = error
    Run.objects.using(using).filter(pk=run_id).update(**values)


def set_run_open(run_id: UUID, status: RunStatus, using: str) -> None:
    """Give a locked run that is finished an open status; its error is forgotten."""
    Run.objects.using(using).filter(pk=run_id).update(status=status.value, finished_at=None, error=None)
