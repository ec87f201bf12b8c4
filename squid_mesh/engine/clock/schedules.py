"""What a run knows of its scheduled time: ``ctx.schedule``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from squid_mesh.definitions.cron import Cron
from squid_mesh.models import Trigger


def build_schedule(
    trigger: Trigger, cron: Cron, scheduled_time: datetime, now: datetime, key: str
) -> dict[str, Any]:
    """Return the schedule of a run: times in ISO form, UTC; ``key`` identifies the scheduled time."""
    following = cron.after(scheduled_time)
    return {
        "trigger": trigger.name,
        "expression": cron.expression,
        "timezone": cron.timezone,
        "scheduled_time": scheduled_time.astimezone(UTC).isoformat(),
        "next_scheduled_time": None if following is None else following.astimezone(UTC).isoformat(),
        "fired_at": now.isoformat(),
        "key": key,
    }
