"""Firing due triggers: each scheduled time starts one run, exactly once across all clusters."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction

from squid_mesh import conf, hooks
from squid_mesh.definitions import registry
from squid_mesh.definitions.choices import CatchUp
from squid_mesh.definitions.cron import Cron
from squid_mesh.engine.announcements import log_after_commit
from squid_mesh.engine.clock.next_times import cron_of, postpone, set_next_time
from squid_mesh.engine.clock.scheduled_times import find_due_times
from squid_mesh.engine.clock.schedules import build_schedule
from squid_mesh.engine.start import start
from squid_mesh.exceptions import IdempotencyConflict
from squid_mesh.models import Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.store.triggers import change_trigger, find_next_due_time, find_open_run, lock_due_trigger

#: Returns the time by which triggers fire, given the database's.
CronTime = Callable[[datetime], datetime]


def fire_due_triggers(cron_time: CronTime, workflows: Sequence[str] | None = None) -> timedelta | None:
    """Start the runs that are due. Return the time until the next one; None if none is scheduled.

    ``workflows`` are the names of those whose triggers fire: by default, all that are installed.
    Each trigger fires under its row's lock, in the transaction that starts its runs; a trigger that another
    cluster has locked is skipped. One that can't fire is logged and postponed, and blocks no other.
    """
    using = conf.database()
    installed = [cls.workflow_name for cls in registry.list_workflows()]
    known = installed if workflows is None else list(workflows)
    due_at = find_next_due_time(known, using)
    if due_at is None:
        return None
    now = cron_time(database_time(using))
    if due_at > now:
        return due_at - now
    while _fire_next(known, now, using):
        pass
    return timedelta(0)


def _fire_next(known: list[str], now: datetime, using: str) -> bool:
    with transaction.atomic(using=using):
        trigger = lock_due_trigger(known, now, using)
        if trigger is None:
            return False
        _fire(trigger, now, using)
    return True


def _fire(trigger: Trigger, now: datetime, using: str) -> None:
    cron, first = cron_of(trigger), trigger.next_time
    if first is None:
        set_next_time(trigger, now, using)
        return
    if error := cron.find_error():
        postpone(trigger, first, error, now, using)
        return
    grace = timedelta(seconds=conf.current().CRON_GRACE_SECONDS)
    due = find_due_times(cron, cast("CatchUp", trigger.catch_up), first, now, grace)
    if due.skipped is not None:
        _record_skip(trigger, due.skipped, f"catch_up={trigger.catch_up}", using)
    for scheduled_time in due.start:
        if not _start_run_at(trigger, cron, scheduled_time, now, using):
            return
    change_trigger(trigger, using, next_time=due.next, due_at=due.next)


def _start_run_at(trigger: Trigger, cron: Cron, scheduled_time: datetime, now: datetime, using: str) -> bool:
    """Start the run of that time, or skip it; return False if that failed and is tried again later."""
    if trigger.overlap == "skip" and (open_run := find_open_run(trigger, using)) is not None:
        _record_skip(trigger, scheduled_time, f"run {open_run} is not finished", using)
        return True
    try:
        with transaction.atomic(using=using):
            run_id = _start_or_find_run(trigger, cron, scheduled_time, now)
    except hooks.PASSING:
        raise
    except BaseException as error:  # noqa: BLE001 - payload defaults are user code; a lost connection fails below
        message = "Trigger %s can't start its run of %s."
        log_after_commit(logging.ERROR, using, message, trigger, scheduled_time, exc_info=error)
        postpone(trigger, scheduled_time, f"{type(error).__name__}: {hooks.text_of(error)}", now, using)
        return False
    fired = {"last_time": scheduled_time, "last_fired_at": now, "last_run_id": run_id, "error": ""}
    change_trigger(trigger, using, **fired)
    return True


def _start_or_find_run(trigger: Trigger, cron: Cron, scheduled_time: datetime, now: datetime) -> UUID:
    key = f"cron:{trigger.name}:{scheduled_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    try:
        started = start(
            trigger.workflow,
            None,
            trigger=trigger.name,
            idempotency_key=key,
            schedule=build_schedule(trigger, cron, scheduled_time, now, key),
        )
    except IdempotencyConflict as conflict:  # code of the project has used the key of this time
        return UUID(conflict.details["run_id"])
    return started.run_id


def _record_skip(trigger: Trigger, scheduled_time: datetime, reason: str, using: str) -> None:
    message = "Trigger %s starts no run of %s: %s."
    log_after_commit(logging.WARNING, using, message, trigger, scheduled_time, reason)
    change_trigger(trigger, using, skipped_time=scheduled_time, skip_reason=reason)
