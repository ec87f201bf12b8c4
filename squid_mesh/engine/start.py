"""Starting a run: in the caller's transaction, exactly once per idempotency key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from pydantic import BaseModel

from squid_mesh import conf, tracing
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint, TriggerBlueprint
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.values.defaults import Default
from squid_mesh.definitions.values.payload import CheckedPayload, validate_payload
from squid_mesh.definitions.values.tags import validate_tags
from squid_mesh.definitions.values.texts import find_text_error
from squid_mesh.engine.actor import Actor, event_by
from squid_mesh.engine.announcements import announce_run
from squid_mesh.engine.resubmission import list_conflicts
from squid_mesh.engine.secret_paths import locate_secrets
from squid_mesh.exceptions import IdempotencyConflict, InvalidArgument, LimitExceeded, TriggerNotFound
from squid_mesh.lifecycle import EventType, RunStatus
from squid_mesh.models import Run
from squid_mesh.models.uuid7 import uuid7
from squid_mesh.store import missing
from squid_mesh.store.backend import backend_of
from squid_mesh.store.runs import find_run_by_key
from squid_mesh.store.values import MissingCode, NewRun, SecretPaths

_KEY_LENGTH = 200
#: Every database stores these years, and they exist in every timezone.
_EARLIEST_YEAR, _LATEST_YEAR = 1000, 9998
#: How often a start tries again, if the run that has its key is pruned before it can be read.
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The run that a start returned: a new one, or the one that had the idempotency key (``existed``).

    ``error`` is as stored, unmasked.
    """

    run_id: UUID
    workflow: str
    trigger: str
    status: RunStatus
    idempotency_key: str | None
    subject: tuple[str, str] | None
    tags: tuple[str, ...]
    replay_of: UUID | None
    created_at: datetime
    existed: bool
    error: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


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
) -> Started:
    """Write a run that workers start once the caller's transaction commits.

    If the key belongs to a run that was started with the same arguments, return that run. No permission is
    checked. A replay takes over the subject, the schedule and the tags.

    Raises:
        NotFound: no such workflow or trigger.
        PayloadError, LimitExceeded: the payload doesn't fit the trigger, or is too large or too deep.
        IdempotencyConflict: the key is taken by a run that was started with other arguments.
        InvalidArgument: the key, the subject, ``start_at`` or the tags are invalid.
    """
    cls = registry.get_workflow(workflow)
    blueprint = cls.blueprint
    chosen = _find_trigger(blueprint, trigger)
    _check_options(idempotency_key, start_at)
    model, limit = cls.payload_models[chosen.name], conf.limits().of_payload()
    checked = validate_payload(model, payload, blueprint.workflow, chosen.name, limit)
    defaults = () if idempotency_key is None else tuple(checked.list_defaults())
    subject_type, subject_id = _subject_columns(subject, replay)
    event_data = _event_data(chosen.name, replay, start_at)
    using = conf.database()
    new = NewRun(
        id=uuid7(),
        workflow=blueprint.workflow,
        trigger=chosen.name,
        fingerprint=blueprint.fingerprint,
        format=blueprint.format,
        blueprint=blueprint.text,
        payload=checked.state,
        secrets=_locate_secrets(checked, replay),
        by_default=None if idempotency_key is None else [list(one.place) for one in defaults],
        entries=blueprint.entries,
        idempotency_key=idempotency_key,
        subject_type=subject_type,
        subject_id=subject_id,
        tags=validate_tags(replay.tags if replay else tags, "tags"),
        schedule=replay.schedule if replay else schedule,
        start_at=start_at,
        replay_of=replay.pk if replay else None,
        trace=tracing.read_starter(),
        events=[event_by(actor, EventType.RUN_STARTED, comment=reason, data=event_data)],
    )
    started = _write_or_find(new, model, defaults, using)
    if not started.existed:
        announce_run(new.id, new.workflow, None, RunStatus.PENDING, using)
    return started


def _locate_secrets(checked: CheckedPayload, replay: Run | None) -> SecretPaths:
    """Return the paths of the payload's secrets. A replay's are those of its run too: JSON has no types."""
    found = locate_secrets(checked.state, checked.carried) or []
    before = [] if replay is None else replay.secrets or []
    return found + [path for path in before if path not in found] or None


def _event_data(trigger: str, replay: Run | None, start_at: datetime | None) -> dict[str, Any]:
    data = {"trigger": trigger} | ({"replay_of": str(replay.pk)} if replay else {})
    return data | ({"start_at": start_at.isoformat()} if start_at else {})


def _find_trigger(blueprint: Blueprint, name: str | None) -> TriggerBlueprint:
    known = [trigger.name for trigger in blueprint.triggers]
    if name is None and len(known) == 1:
        return blueprint.triggers[0]
    found = blueprint.trigger(name) if name is not None else None
    if found is None:
        problem = f"has no trigger {name!r}" if name else "has several triggers: name one"
        raise TriggerNotFound(
            f"Workflow {blueprint.workflow} {problem}; its triggers are: {', '.join(known)}.",
            workflow=blueprint.workflow,
            trigger=name,
            known=known,
        )
    return found


def _check_options(key: str | None, start_at: datetime | None) -> None:
    if key is not None and not 0 < len(key) <= _KEY_LENGTH:
        raise InvalidArgument(
            f"An idempotency key has 1 to {_KEY_LENGTH} characters.", argument="idempotency_key"
        )
    if key is not None and (error := find_text_error(key)):
        raise InvalidArgument(f"The idempotency key {error}: choose another.", argument="idempotency_key")
    if start_at is not None and start_at.utcoffset() is None:
        raise InvalidArgument(
            "start_at needs a timezone: give an aware datetime.",
            argument="start_at",
        )
    if start_at is not None and not _EARLIEST_YEAR <= start_at.year <= _LATEST_YEAR:
        raise InvalidArgument(
            f"start_at must be in the years {_EARLIEST_YEAR} to {_LATEST_YEAR}.", argument="start_at"
        )


def _subject_columns(subject: Model | None, replay: Run | None) -> tuple[str, str]:
    if replay is not None:
        return replay.subject_type, replay.subject_id
    if subject is None:
        return "", ""
    if subject.pk is None:
        raise InvalidArgument("The subject must be saved before a run can name it.", argument="subject")
    key = str(subject.pk)
    if len(key) > _KEY_LENGTH:
        raise LimitExceeded("subject's primary key", limit=_KEY_LENGTH, actual=len(key), unit="characters")
    if error := find_text_error(key):
        raise InvalidArgument(
            f"The subject's primary key {error}, which can't be stored.", argument="subject"
        )
    return subject._meta.label_lower, key


def _write_or_find(new: NewRun, model: type[BaseModel], defaults: Sequence[Default], using: str) -> Started:
    missing.forget(MissingCode(definition=new.fingerprint))  # this process has just compiled it
    for _ in range(_TRIES):
        created_at = backend_of(using).start_run(new)
        if created_at is not None:
            return _started(new, created_at)
        run = find_run_by_key(new.workflow, new.idempotency_key or "", using)
        if run is not None:
            conflicts = list_conflicts(new, run, model, defaults, using)
            if conflicts:
                raise _conflict(new, str(run.pk), conflicts)
            return _existing(run)
    raise _conflict(new, None, [])


def _started(new: NewRun, created_at: datetime) -> Started:
    return Started(
        run_id=new.id,
        workflow=new.workflow,
        trigger=new.trigger,
        status=RunStatus.PENDING,
        idempotency_key=new.idempotency_key,
        subject=(new.subject_type, new.subject_id) if new.subject_type else None,
        tags=tuple(new.tags),
        replay_of=new.replay_of,
        created_at=created_at,
        existed=False,
    )


def _existing(run: Run) -> Started:
    return Started(
        run_id=run.pk,
        workflow=run.workflow,
        trigger=run.trigger,
        status=RunStatus(run.status),
        error=run.error,
        idempotency_key=run.idempotency_key,
        subject=(run.subject_type, run.subject_id) if run.subject_type else None,
        tags=tuple(run.tags),
        replay_of=run.replay_of_id,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        existed=True,
    )


def _conflict(new: NewRun, run_id: str | None, differs: Sequence[str]) -> IdempotencyConflict:
    owner = "another run" if run_id is None else f"run {run_id}"
    how = f", which was started with another {', '.join(differs)}" if differs else ""
    return IdempotencyConflict(
        f"Idempotency key {new.idempotency_key!r} of workflow {new.workflow} belongs to {owner}{how}. "
        "Use another key for another run.",
        workflow=new.workflow,
        idempotency_key=new.idempotency_key,
        run_id=run_id,
        differs=list(differs),
    )
