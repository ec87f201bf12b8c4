"""When a locked trigger fires next: at its next scheduled time, or later if it can't fire now."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from squid_mesh.definitions.cron import Cron
from squid_mesh.engine.announcements import log_after_commit
from squid_mesh.models import Trigger
from squid_mesh.store.triggers import change_trigger

#: A trigger that couldn't fire tries again after this time; no scheduled time is lost.
_RETRY_AFTER: Final = timedelta(seconds=30)


def cron_of(trigger: Trigger) -> Cron:
    """Return the schedule of a trigger: the operator's, if one is set, else the code's."""
    return Cron(trigger.effective_expression, trigger.effective_timezone)


def set_next_time(trigger: Trigger, now: datetime, using: str) -> None:
    """Set the trigger's next scheduled time to the first after now; to none if the trigger doesn't fire."""
    if not (trigger.enabled and trigger.declared):
        change_trigger(trigger, using, next_time=None, due_at=None, error="")
        return
    cron = cron_of(trigger)
    if error := cron.find_error():
        postpone(trigger, None, error, now, using)
        return
    next_time = cron.after(now)
    change_trigger(trigger, using, next_time=next_time, due_at=next_time, error="")


def postpone(
    trigger: Trigger, scheduled_time: datetime | None, error: str, now: datetime, using: str
) -> None:
    """Record why the trigger can't fire, and let it try that scheduled time again later."""
    log_after_commit(logging.ERROR, using, "Trigger %s can't fire: %s", trigger, error)
    change_trigger(trigger, using, next_time=scheduled_time, due_at=now + _RETRY_AFTER, error=error)
