"""Cron triggers that don't fire, or differ from the code."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.cron import find_timezone_error
from squid_mesh.inspection.cron_triggers import list_triggers
from squid_mesh.inspection.doctor.finding import Finding, Site, error, warning


def check_drift(site: Site) -> Iterator[Finding]:
    """Find triggers whose row differs from the code; the start of a cluster synchronises them."""
    for trigger in list_triggers():
        if trigger.drift:
            yield warning(
                "trigger_drift",
                f"Trigger {trigger.workflow}.{trigger.name} differs from the code: {trigger.drift}.",
                "Run manage.py squid_mesh triggers --sync.",
                workflow=trigger.workflow,
                trigger=trigger.name,
            )


def check_firing(site: Site) -> Iterator[Finding]:
    """Find triggers that could not start the run of a scheduled time."""
    for trigger in list_triggers():
        if trigger.error:
            yield error(
                "trigger_error",
                f"Trigger {trigger.workflow}.{trigger.name} can't fire: {trigger.error}".rstrip(".") + ".",
                "Fix the error; the scheduled time is tried again every 30 seconds.",
                workflow=trigger.workflow,
                trigger=trigger.name,
            )


def check_timezones(site: Site) -> Iterator[Finding]:
    """Find triggers whose timezone this machine doesn't know."""
    for trigger in list_triggers():
        hint = find_timezone_error(trigger.timezone) if trigger.enabled and trigger.declared else None
        if hint is not None:
            yield error(
                "timezone_unknown",
                f"This machine doesn't know the timezone {trigger.timezone!r}{hint} of trigger"
                f" {trigger.workflow}.{trigger.name}.",
                "Install the package tzdata, or give the trigger another timezone.",
                workflow=trigger.workflow,
                trigger=trigger.name,
                timezone=trigger.timezone,
            )
