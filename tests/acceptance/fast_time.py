"""A clock that runs many times faster than the database's: what it shows, and when."""

from __future__ import annotations

from datetime import datetime

#: How many times faster, and the moment from which on; both clocks agree then.
RATE = 60
BEGIN = "SQUID_MESH_TEST_CLOCK_BEGIN"
LEDGER = "SQUID_MESH_TEST_CLOCK_LEDGER"


def virtual(now: datetime, begin: datetime) -> datetime:
    """What the fast clock shows."""
    return begin + (now - begin) * RATE


def real(window: datetime, begin: datetime) -> datetime:
    """When the fast clock shows that time."""
    return begin + (window - begin) / RATE
