"""Running all checks, as far as the settings and the database allow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.core.checks import ERROR, CheckMessage, run_checks
from django.db import connections

from squid_mesh import conf
from squid_mesh.exceptions import InvalidSettings
from squid_mesh.inspection.doctor import (
    clusters,
    code,
    database,
    deciders,
    rows,
    settings,
    texts,
    triggers,
    work,
)
from squid_mesh.inspection.doctor.finding import Check, Finding, Severity, Site

#: The other checks need a database that answers and has our tables.
_FIRST: Final[tuple[Check, ...]] = (database.check_answer, database.check_migrations)
_CHECKS: Final[tuple[Check, ...]] = (
    settings.check_queue_timing,
    settings.check_lease,
    database.check_clock,
    database.check_sqlite,
    database.check_pooler,
    database.check_durability,
    database.check_isolation,
    texts.check_texts,
    clusters.check_alive,
    clusters.check_stalled,
    clusters.check_monitors,
    clusters.check_orphans,
    clusters.check_versions,
    clusters.check_code,
    triggers.check_drift,
    triggers.check_firing,
    triggers.check_timezones,
    code.check_live_definitions,
    code.check_forms,
    deciders.check_deciders,
    rows.check_rows,
    work.check_due,
    work.check_leases,
    work.check_crash_cap,
    work.check_unknown,
    work.check_deferring,
    work.check_unknown_statuses,
)


def examine(clock: Callable[[], datetime]) -> tuple[Finding, ...]:
    """Return all findings, errors first; ``clock`` is this machine's."""
    found = [_of_check(message) for message in run_checks(tags=["squid_mesh"])]
    try:
        current = conf.current()
    except InvalidSettings:  # finding E001 has the message
        return _sorted(found)
    if current.DATABASE not in connections.settings:  # finding E006 says so
        return _sorted(found)
    site = Site(settings=current, using=current.DATABASE, clock=clock)
    for check in _FIRST:
        blocking = list(check(site))
        found += blocking
        if blocking:
            return _sorted(found)
    for check in _CHECKS:
        found += check(site)
    return _sorted(found)


def _of_check(message: CheckMessage) -> Finding:
    """Return a message of ``manage.py check`` as a finding."""
    return Finding(
        code=message.id or "check",
        severity=Severity.ERROR if message.level >= ERROR else Severity.WARNING,
        problem=str(message.msg),
        fix=str(message.hint or "Change the workflow at that line."),
    )


def _sorted(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))
