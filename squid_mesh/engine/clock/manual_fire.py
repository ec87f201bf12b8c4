"""Firing a cron trigger by hand: a run now, beside its scheduled times."""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.clock.next_times import cron_of
from squid_mesh.engine.clock.schedules import build_schedule
from squid_mesh.engine.clock.triggers import get_locked_trigger
from squid_mesh.engine.operate import permission
from squid_mesh.engine.start import start
from squid_mesh.exceptions import IllegalAction, InvalidArgument
from squid_mesh.models import Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.store.runs import find_run_by_key
from squid_mesh.store.triggers import find_open_run


def fire_trigger(workflow: str, name: str, *, idempotency_key: str | None, actor: Actor, reason: str) -> UUID:
    """Start a run with the present time as its scheduled time; return its id.

    The trigger's own scheduled times stay, and it may be disabled. If its runs may not overlap, an unfinished
    one refuses this one.

    Raises:
        NotPermitted: the actor is a user without the permission ``start_run``.
        TriggerNotFound: the trigger has no row, or is no longer in the code.
        IllegalAction: a run of the trigger isn't finished, and its runs may not overlap.
        InvalidArgument: the trigger's expression or timezone is invalid.
        PayloadError: a default of the payload is invalid.
    """
    permission.check_start(actor)
    using = conf.database()
    with transaction.atomic(using=using):
        trigger = get_locked_trigger(workflow, name, using)
        if trigger.overlap == "skip" and not _is_known(workflow, idempotency_key, using):
            _check_overlap(trigger, using)
        cron = cron_of(trigger)
        if error := cron.find_error():
            raise InvalidArgument(f"Trigger {trigger} can't fire. {error}", argument="name")
        now = database_time(using)
        key = f"fired:{name}:{now.astimezone(UTC).isoformat()}"
        started = start(
            workflow,
            None,
            trigger=name,
            idempotency_key=idempotency_key,
            schedule=build_schedule(trigger, cron, now, now, key),
            actor=actor,
            reason=reason,
        )
    return started.run_id


def _is_known(workflow: str, key: str | None, using: str) -> bool:
    """Return whether a run has the key: then none is started."""
    return key is not None and is_storable(key) and find_run_by_key(workflow, key, using) is not None


def _check_overlap(trigger: Trigger, using: str) -> None:
    """Raise IllegalAction if a run of the trigger isn't finished."""
    open_run = find_open_run(trigger, using)
    if open_run is not None:
        raise IllegalAction(
            f"Trigger {trigger} can't fire: run {open_run} is not finished, and runs may not overlap.",
            run_id=str(open_run),
        )
