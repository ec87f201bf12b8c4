"""Starting a run with the ORM."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Subquery

from squid_mesh.lifecycle import RunStatus, StepStatus
from squid_mesh.models import Definition, Run, RunTag, StepRun
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.events import append_first_events
from squid_mesh.store.locks import retry_on_deadlock
from squid_mesh.store.runs import find_run_by_key
from squid_mesh.store.values import NewRun


def start_run(new: NewRun, using: str) -> datetime | None:
    """Write the run and return when it was created; None, and nothing written, if its key is taken."""
    return retry_on_deadlock(lambda: _write_if_key_is_free(new, using), using)


def _write_if_key_is_free(new: NewRun, using: str) -> datetime | None:
    for attempt in (1, 2):
        try:
            with transaction.atomic(using=using):
                _write(new, using)
            break
        except IntegrityError:
            if new.idempotency_key is None:
                raise
            if find_run_by_key(new.workflow, new.idempotency_key, using) is not None:
                return None
            if attempt == 2:  # so it wasn't a key that pruning freed before we read it
                raise
    return Run.objects.using(using).values_list("created_at", flat=True).get(pk=new.id)


def _write(new: NewRun, using: str) -> None:
    _add_definition(new, using)
    Run.objects.using(using).bulk_create([_run_row(new)])
    if new.tags:
        _add_tags(new, using)
    StepRun.objects.using(using).bulk_create(
        StepRun(
            run_id=new.id,
            name=name,
            status=StepStatus.READY.value,
            due_at=new.start_at or DatabaseNow(),
            created_at=DatabaseNow(),
        )
        for name in new.entries
    )
    append_first_events(new.id, new.events, using)


def _add_definition(new: NewRun, using: str) -> None:
    rows = Definition.objects.using(using)
    if rows.filter(pk=new.fingerprint).exists():
        return
    definition = Definition(
        fingerprint=new.fingerprint,
        workflow=new.workflow,
        blueprint=json.loads(new.blueprint),
        created_at=DatabaseNow(),
    )
    rows.bulk_create([definition], ignore_conflicts=True)


def _run_row(new: NewRun) -> Run:
    return Run(
        id=new.id,
        workflow=new.workflow,
        definition_id=new.fingerprint,
        definition_format=new.format,
        trigger=new.trigger,
        status=RunStatus.PENDING.value,
        payload=new.payload,
        secrets=new.secrets,
        by_default=new.by_default,
        idempotency_key=new.idempotency_key,
        subject_type=new.subject_type,
        subject_id=new.subject_id,
        tags=list(new.tags),
        schedule=new.schedule,
        trace=new.trace,
        replay_of_id=new.replay_of,
        event_count=len(new.events),
        created_at=DatabaseNow(),
    )


def _add_tags(new: NewRun, using: str) -> None:
    """Add a row for each tag, with the run's own time of creation."""
    created_at = Run.objects.using(using).filter(pk=new.id).values("created_at")
    RunTag.objects.using(using).bulk_create(
        RunTag(run_id=new.id, tag=tag, created_at=Subquery(created_at)) for tag in new.tags
    )
