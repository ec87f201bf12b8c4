"""Writing a new run, its definition and its first steps, inside whatever transaction the caller has."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import IntegrityError, connections, transaction
from django.db.models import Subquery

from squid_mesh.lifecycle import RunStatus, StepStatus
from squid_mesh.models import Definition, Run, RunTag, StepRun
from squid_mesh.store import deadlocks, events, postgres_start
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.postgres_start import CHANNEL
from squid_mesh.store.values import NewRun


def create_run(new: NewRun, using: str) -> datetime | None:
    """Write the run; None, and nothing written, where its idempotency key is taken. When it was created.

    A start that is undone by a deadlock, as with pruning on MariaDB, is begun again, unless it is in a
    transaction of the caller's.
    """
    create = postgres_start.create_run if connections[using].vendor == "postgresql" else create_portably
    return deadlocks.survived(lambda: create(new, using), using)


def create_portably(new: NewRun, using: str) -> datetime | None:
    """As :func:`create_run`, in the ORM's terms."""
    for attempt in (1, 2):
        try:
            with transaction.atomic(using=using):
                _write(new, using)
            break
        except IntegrityError:
            if new.idempotency_key is None:
                raise
            if find_by_key(new.workflow, new.idempotency_key, using) is not None:
                return None
            if attempt == 2:  # so it wasn't the key, freed by pruning before we looked
                raise
    return Run.objects.using(using).values_list("created_at", flat=True).get(pk=new.id)


def _write(new: NewRun, using: str) -> None:
    _ensure_definition(new, using)
    Run.objects.using(using).bulk_create([_run(new)])
    if new.tags:
        _tag(new, using)
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
    events.append_first(new.id, new.events, using)
    ring(using)


def _tag(new: NewRun, using: str) -> None:
    """Write the run's tags once more, with the moment at which the run says that it was created."""
    created_at = Run.objects.using(using).filter(pk=new.id).values("created_at")
    RunTag.objects.using(using).bulk_create(
        RunTag(run_id=new.id, tag=tag, created_at=Subquery(created_at)) for tag in new.tags
    )


def find_by_key(workflow: str, key: str, using: str) -> Run | None:
    """The run that has the idempotency key, if there is one."""
    return Run.objects.using(using).filter(workflow=workflow, idempotency_key=key).first()


def ring(using: str) -> None:
    """Wake the clusters that listen, once the transaction commits; elsewhere they poll."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


def _ensure_definition(new: NewRun, using: str) -> None:
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


def _run(new: NewRun) -> Run:
    return Run(
        id=new.id,
        workflow=new.workflow,
        definition_id=new.fingerprint,
        trigger=new.trigger,
        status=RunStatus.PENDING.value,
        payload=new.payload,
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
