"""Firing a cron trigger by hand: a run beside its windows, now."""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.definitions.cron import Cron
from squid_mesh.engine.actor import Actor
from squid_mesh.engine.clock.schedule import scheduled
from squid_mesh.engine.clock.triggers import locked
from squid_mesh.engine.operate import permission
from squid_mesh.engine.start import id_of, start
from squid_mesh.exceptions import IllegalAction, InvalidArgument
from squid_mesh.store.clock import database_time
from squid_mesh.store.triggers import find_open_run


def fire(workflow: str, name: str, *, actor: Actor, reason: str) -> UUID:
    """Start a run whose window is this moment; its id. The trigger's own windows stay as they are.

    It may be switched off. Where its runs don't overlap, one that isn't over refuses this one.

    Raises:
        NotPermitted: the actor is a user without the permission ``start_run``.
        TriggerNotFound: it has no row, or is gone from the code.
        IllegalAction: a run of it isn't over, and they don't overlap.
        InvalidArgument: its expression or timezone can't be used.
        PayloadError: a default of its payload doesn't fit.
    """
    permission.check_start(actor)
    using = conf.database()
    with transaction.atomic(using=using):
        trigger = locked(workflow, name, using)
        if trigger.overlap == "skip" and (busy := find_open_run(trigger, using)) is not None:
            raise IllegalAction(
                f"Trigger {trigger} can't fire: run {busy} is not over, and its runs don't overlap.",
                run_id=str(busy),
            )
        cron = Cron(trigger.effective_expression, trigger.effective_timezone)
        if fault := cron.find_error():
            raise InvalidArgument(f"Trigger {trigger} can't fire. {fault}", argument="name")
        now = database_time(using)
        schedule = scheduled(trigger, cron, now, now)
        schedule["signal_id"] = f"fired:{name}:{now.astimezone(UTC).isoformat()}"
        started = start(workflow, None, trigger=name, schedule=schedule, actor=actor, reason=reason)
    return id_of(started)
