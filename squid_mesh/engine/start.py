"""Starting a run: in the caller's transaction, exactly once per idempotency key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from pydantic import BaseModel

from squid_mesh import conf, tracing
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint, TriggerBlueprint
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.values.payload import validate_payload
from squid_mesh.definitions.values.tags import validate_tags
from squid_mesh.definitions.values.texts import find_text_error
from squid_mesh.engine import announce
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.exceptions import IdempotencyConflict, InvalidArgument, TriggerNotFound
from squid_mesh.lifecycle import EventType, RunStatus
from squid_mesh.models import Run
from squid_mesh.models.uuid7 import uuid7
from squid_mesh.store.backend import backend_of
from squid_mesh.store.runs import find_run_by_key
from squid_mesh.store.values import NewRun

_KEY_LENGTH = 200
#: How often a start looks who has its key, where whoever has it is pruned while it looks.
_LOOKS = 5


def start(
    workflow: type[Workflow] | str,
    payload: Mapping[str, Any] | BaseModel | None,
    *,
    trigger: str | None = None,
    idempotency_key: str | None = None,
    subject: Model | None = None,
    actor: Actor = None,
    tags: Iterable[str] = (),
    start_at: datetime | None = None,
    schedule: Mapping[str, Any] | None = None,
    replay: Run | None = None,
    reason: str = "",
) -> tuple[NewRun, datetime] | Run:
    """Write a run that workers begin once the caller's transaction commits, and when it was created.

    Where the key is taken by a run of the same trigger and payload: that run. Nobody is asked for a
    permission. A replay takes over the subject, the schedule and the tags.

    Raises:
        NotFound: no such workflow or trigger.
        PayloadError: the payload doesn't fit the trigger.
        IdempotencyConflict: the key is taken by a run with another trigger or payload.
        InvalidArgument: the key, the subject, ``start_at`` or the tags aren't such as they may be.
    """
    cls = registry.get_workflow(workflow)
    blueprint = cls.blueprint
    chosen = _trigger(blueprint, trigger)
    _check_key(idempotency_key)
    _check_start(start_at)
    data = validate_payload(cls.payload_models[chosen.name], payload, blueprint.workflow, chosen.name)
    subject_type, subject_id = _subject(subject)
    if replay is not None:
        subject_type, subject_id = replay.subject_type, replay.subject_id
    using = conf.database()
    told = _told(chosen.name, replay, start_at)
    new = NewRun(
        id=uuid7(),
        workflow=blueprint.workflow,
        trigger=chosen.name,
        fingerprint=blueprint.fingerprint,
        format=blueprint.format,
        blueprint=blueprint.text,
        payload=data,
        entries=blueprint.entries,
        idempotency_key=idempotency_key,
        subject_type=subject_type,
        subject_id=subject_id,
        tags=validate_tags(replay.tags if replay else tags, "tags"),
        schedule=replay.schedule if replay else schedule,
        start_at=start_at,
        replay_of=replay.pk if replay else None,
        trace=None if (tracer := tracing.current()) is None else tracer.starter(),
        events=[event_by(actor, EventType.RUN_STARTED, comment=reason, data=told)],
    )
    created_at = _written(new, using)
    if isinstance(created_at, Run):
        return created_at
    announce.run_moved(new.id, new.workflow, None, RunStatus.PENDING, using)
    return new, created_at


def id_of(started: tuple[NewRun, datetime] | Run) -> UUID:
    """The run that a start gave, new or not."""
    return started.pk if isinstance(started, Run) else started[0].id


def _told(trigger: str, replay: Run | None, start_at: datetime | None) -> dict[str, Any]:
    told = {"trigger": trigger} | ({"replay_of": str(replay.pk)} if replay else {})
    return told | ({"start_at": start_at.isoformat()} if start_at else {})


def _trigger(blueprint: Blueprint, name: str | None) -> TriggerBlueprint:
    known = [trigger.name for trigger in blueprint.triggers]
    if name is None and len(known) == 1:
        return blueprint.triggers[0]
    found = blueprint.trigger(name) if name is not None else None
    if found is None:
        said = f"has no trigger {name!r}" if name else "has several triggers: name one"
        raise TriggerNotFound(
            f"Workflow {blueprint.workflow} {said}; its triggers are: {', '.join(known)}.",
            workflow=blueprint.workflow,
            trigger=name,
            known=known,
        )
    return found


def _check_key(key: str | None) -> None:
    if key is not None and not 0 < len(key) <= _KEY_LENGTH:
        raise InvalidArgument(
            f"An idempotency key has 1 to {_KEY_LENGTH} characters.", argument="idempotency_key"
        )
    if key is not None and (fault := find_text_error(key)):
        raise InvalidArgument(f"The idempotency key {fault}: choose another.", argument="idempotency_key")


def _check_start(start_at: datetime | None) -> None:
    if start_at is not None and start_at.utcoffset() is None:
        raise InvalidArgument(
            "start_at needs a timezone, or the moment isn't known: give an aware datetime.",
            argument="start_at",
        )


def _subject(subject: Model | None) -> tuple[str, str]:
    if subject is None:
        return "", ""
    if subject.pk is None:
        raise InvalidArgument("The subject must be saved before a run can name it.", argument="subject")
    key = str(subject.pk)
    if fault := find_text_error(key):
        raise InvalidArgument(f"The subject's primary key {fault}, which is not stored.", argument="subject")
    return subject._meta.label_lower, key


def _written(new: NewRun, using: str) -> datetime | Run:
    """When the run was created; the one that has its key, if that is the same."""
    for _ in range(_LOOKS):
        created_at = backend_of(using).start_run(new)
        if created_at is not None:
            return created_at
        run = find_run_by_key(new.workflow, new.idempotency_key or "", using)
        if run is not None:
            return _existing(new, run)
    raise _conflict(new, None)


def _existing(new: NewRun, run: Run) -> Run:
    if run.trigger != new.trigger or run.payload != dict(new.payload):
        raise _conflict(new, run)
    return run


def _conflict(new: NewRun, run: Run | None) -> IdempotencyConflict:
    whose = "a run" if run is None else f"run {run.pk}"
    return IdempotencyConflict(
        f"Idempotency key {new.idempotency_key!r} of workflow {new.workflow} belongs to {whose}, which has "
        "another trigger or payload.",
        workflow=new.workflow,
        idempotency_key=new.idempotency_key,
        run_id=None if run is None else str(run.pk),
    )
