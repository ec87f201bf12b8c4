"""The clock's work: start the runs whose windows have come, exactly once across all clusters."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.cron import Cron
from squid_mesh.engine.clock.scheduled_times import due_windows
from squid_mesh.engine.start import id_of, start
from squid_mesh.exceptions import IdempotencyConflict
from squid_mesh.models import Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.store.triggers import change_trigger, find_next_due_time, find_open_run, lock_due_trigger

logger = logging.getLogger("squid_mesh.engine")

#: Gives the time by which triggers fire, from the database's.
CronTime = Callable[[datetime], datetime]

#: A trigger that couldn't fire is tried again after so long; no window is given up.
_TRY_AGAIN: Final = timedelta(seconds=30)


def fire_due(cron_time: CronTime) -> timedelta | None:
    """Start what is due. How long until something will be; None where nothing is foreseen.

    A trigger is dealt with under its row's lock, in the transaction that starts its runs; one that another
    cluster holds is passed over. One that can't fire is told of and put off, and holds up no other.
    """
    using = conf.database()
    known = [cls.workflow_name for cls in registry.list_workflows()]
    due_at = find_next_due_time(known, using)
    if due_at is None:
        return None
    now = cron_time(database_time(using))
    if due_at > now:
        return due_at - now
    while _fire_one(known, now, using):
        pass
    return timedelta(0)


def _fire_one(known: list[str], now: datetime, using: str) -> bool:
    with transaction.atomic(using=using):
        trigger = lock_due_trigger(known, now, using)
        if trigger is None:
            return False
        _fire(trigger, now, using)
    return True


def set_out(trigger: Trigger, now: datetime, using: str) -> None:
    """From now on: a locked trigger's next window is the first after now, if it fires at all."""
    if not (trigger.enabled and trigger.declared):
        change_trigger(trigger, using, next_window=None, due_at=None, error="")
        return
    cron = _cron(trigger)
    if fault := cron.find_error():
        _put_off(trigger, None, fault, now, using)
        return
    window = cron.after(now)
    change_trigger(trigger, using, next_window=window, due_at=window, error="")


def _cron(trigger: Trigger) -> Cron:
    return Cron(trigger.effective_expression, trigger.effective_timezone)


def _put_off(trigger: Trigger, window: datetime | None, error: str, now: datetime, using: str) -> None:
    logger.error("Trigger %s can't fire: %s", trigger, error)
    change_trigger(trigger, using, next_window=window, due_at=now + _TRY_AGAIN, error=error)


def _fire(trigger: Trigger, now: datetime, using: str) -> None:
    cron, first = _cron(trigger), trigger.next_window
    if first is None:
        set_out(trigger, now, using)
        return
    if fault := cron.find_error():
        _put_off(trigger, first, fault, now, using)
        return
    grace = timedelta(seconds=conf.current().CRON_GRACE_SECONDS)
    windows = due_windows(cron, trigger.catch_up, first, now, grace)
    if windows.skipped is not None:
        _pass_over(trigger, windows.skipped, f"catch_up={trigger.catch_up}", using)
    for window in windows.start:
        if not _start(trigger, cron, window, now, using):
            return
    change_trigger(trigger, using, next_window=windows.next, due_at=windows.next)


def _start(trigger: Trigger, cron: Cron, window: datetime, now: datetime, using: str) -> bool:
    """Start the window's run, or pass it over; False where that failed and is to be tried again."""
    if trigger.overlap == "skip" and (busy := find_open_run(trigger, using)) is not None:
        _pass_over(trigger, window, f"run {busy} is not over", using)
        return True
    try:
        with transaction.atomic(using=using):
            run_id = _run_of(trigger, window, scheduled(trigger, cron, window, now))
    except Exception as error:  # payload defaults are user code; a lost connection fails in what follows, too
        logger.exception("Window %s of trigger %s can't start its run.", window, trigger)
        _put_off(trigger, window, f"{type(error).__name__}: {error}", now, using)
        return False
    fired = {"last_window": window, "last_fired_at": now, "last_run_id": run_id, "error": ""}
    change_trigger(trigger, using, **fired)
    return True


def _run_of(trigger: Trigger, window: datetime, schedule: Mapping[str, Any]) -> UUID:
    """The run of that window: started now, or found where it was before."""
    try:
        started = start(
            trigger.workflow,
            None,
            trigger=trigger.name,
            idempotency_key=schedule["signal_id"],
            schedule=schedule,
        )
    except IdempotencyConflict as conflict:  # started before, when the payload's defaults were others
        return UUID(conflict.details["run_id"])
    return id_of(started)


def scheduled(trigger: Trigger, cron: Cron, window: datetime, now: datetime) -> dict[str, Any]:
    """What the run of that window knows of it."""
    end = cron.after(window)
    moment = window.astimezone(UTC)
    return {
        "trigger": trigger.name,
        "expression": cron.expression,
        "timezone": cron.timezone,
        "window_start": moment.isoformat(),
        "window_end": None if end is None else end.astimezone(UTC).isoformat(),
        "received_at": now.isoformat(),
        "signal_id": f"cron:{trigger.name}:{moment:%Y-%m-%dT%H:%M:%SZ}",
    }


def _pass_over(trigger: Trigger, window: datetime, reason: str, using: str) -> None:
    logger.warning("Window %s of trigger %s starts no run: %s.", window, trigger, reason)
    change_trigger(trigger, using, skipped_window=window, skipped_because=reason)
