"""Starting runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Model
from pydantic import BaseModel

from squid_mesh.api.arguments import check_arguments
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.engine import start
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.operate import permission
from squid_mesh.inspection.masking import masked
from squid_mesh.inspection.snapshots.runs import StartedRun

__all__ = [
    "astart_run",
    "check_start",
    "start_run",
]


@check_arguments
def start_run(
    workflow: type[Workflow] | str,
    payload: Mapping[str, Any] | BaseModel | None = None,
    *,
    trigger: str | None = None,
    idempotency_key: str | None = None,
    subject: Model | None = None,
    tags: Iterable[str] = (),
    start_at: datetime | None = None,
    actor: Actor = None,
) -> StartedRun:
    """Start a run. Workers see it once the current transaction commits, and never if it rolls back.

    Args:
        workflow: a workflow class or its name.
        payload: what the run works with; the trigger's payload model validates it.
        trigger: may be left out if the workflow has one trigger.
        idempotency_key: unique for each workflow. A second start with the same key, trigger, payload,
            subject, tags and ``start_at`` returns the first run, with ``existed`` true. Of the payload only
            what the caller gave is compared, not what its defaults made.
        subject: a saved object of the project that the run is about.
        tags: short texts to find runs by: at most 20, of 1 to 64 characters each, without commas.
        start_at: an aware datetime. The run is ``pending`` until then; a time in the past means now.
        actor: the person or code that the history shows. This function checks no permission, because code
            that starts runs acts for many people. If people start runs by hand, call
            :func:`check_start` first.

    Raises:
        NotFound: there is no such workflow or trigger.
        DefinitionError: the workflow has problems.
        PayloadError: the payload doesn't fit the trigger.
        IdempotencyConflict: the key belongs to a run that was started with other arguments.
        InvalidArgument: the key, the tags, the subject or ``start_at`` has the wrong form; the message names
            all problems. Nothing is written.
    """
    started = start.start(
        workflow,
        payload,
        trigger=trigger,
        idempotency_key=idempotency_key,
        subject=subject,
        tags=tags,
        start_at=start_at,
        actor=actor,
    )
    return StartedRun(**summary_fields(started), existed=started.existed)


def summary_fields(started: start.Started) -> dict[str, Any]:
    """Return the fields of the run's summary. Makes no query."""
    return {
        "id": started.run_id,
        "workflow": started.workflow,
        "trigger": started.trigger,
        "status": started.status,
        "error": masked(started.error),
        "idempotency_key": started.idempotency_key,
        "subject": started.subject,
        "tags": started.tags,
        "replay_of": started.replay_of,
        "created_at": started.created_at,
        "started_at": started.started_at,
        "finished_at": started.finished_at,
    }


@check_arguments
def check_start(actor: Actor) -> None:
    """Check that the actor may start runs by hand, as in the admin or the shell.

    Raises:
        NotPermitted: the actor is a user without the permission ``start_run``.
    """
    permission.check_start(actor)


astart_run = sync_to_async(start_run)
