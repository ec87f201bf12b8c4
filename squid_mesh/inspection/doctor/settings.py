"""Settings that are valid but risky; the system checks report invalid ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.db import connections

from squid_mesh.inspection.doctor.finding import Finding, Site, warning

#: A worker may miss lease renewals for a second or two while it collects garbage or waits for the network.
_SHORTEST_LEASE: Final = 5.0


def check_queue_timing(site: Site) -> Iterator[Finding]:
    """Find that django-q2 gives the project's own tasks to a second worker before the first one's timeout."""
    cluster: dict[str, Any] = getattr(settings, "Q_CLUSTER", {})
    timeout, retry = cluster.get("timeout"), cluster.get("retry", 60)
    if timeout is not None and retry <= timeout:
        yield warning(
            "queue_timing",
            f'Q_CLUSTER["retry"] is {retry} s and "timeout" {timeout} s, so your own tasks may run twice.',
            f'Set Q_CLUSTER["retry"] to more than {timeout}.',
            retry=retry,
            timeout=timeout,
        )


def check_lease(site: Site) -> Iterator[Finding]:
    """Find a lease that a running worker may fail to renew in time; it renews after each third of it."""
    lease = site.settings.LEASE_SECONDS
    busy = _busy_timeout(site.using)
    least = max(_SHORTEST_LEASE, busy * 1.5)
    if lease < least:
        why = f", but a write may wait {busy:g} s for SQLite's lock" if least > _SHORTEST_LEASE else ""
        yield warning(
            "lease_short",
            f"LEASE_SECONDS is {lease:g}{why}: another worker may take a step from a running worker.",
            f'Set SQUID_MESH["LEASE_SECONDS"] to {least:g} or more.',
            lease=lease,
            least=least,
        )


def _busy_timeout(using: str) -> float:
    connection = connections[using]
    if connection.vendor != "sqlite":
        return 0.0
    return float(connection.settings_dict.get("OPTIONS", {}).get("timeout", 5.0))
