"""Simulated partner companies, offline and deterministic.

In a real project each would be a few lines with the HTTP tool. The results depend on the customer's country.
"""

from __future__ import annotations

import asyncio
import zlib
from datetime import datetime, timedelta
from typing import Literal

#: How long the company registry takes.
REGISTRY_DURATION = timedelta(seconds=1.2)
#: The registry is unsure about companies of these countries.
UNSURE = frozenset({"IS"})
#: The credit bureau doesn't respond to the first call.
SLOW = frozenset({"FK"})
#: The courier doesn't deliver to these countries.
NOT_DELIVERED = frozenset({"FK", "AQ"})


class NoDelivery(Exception):
    """The courier does not deliver to that country."""


def check_registry(country: str, asked_at: datetime, now: datetime) -> Literal["found", "unsure"] | None:
    """Return the registry's result, or None while it is still searching."""
    if now - asked_at < REGISTRY_DURATION:
        return None
    return "unsure" if country in UNSURE else "found"


async def find_credit_limit(plan: str, country: str, call: int) -> int:
    """Return the credit limit in pounds. ``call`` counts from 1."""
    hangs = country in SLOW and call == 1
    await asyncio.sleep(60 if hangs else 0.2)
    return 5000 if plan == "premium" else 500


def ship_welcome_pack(country: str, reference: str) -> str:
    """Order a parcel and return its tracking number. A reference is one parcel, even if it is sent twice."""
    if country in NOT_DELIVERED:
        raise NoDelivery(f"No delivery to {country}.")
    return f"{country}-{zlib.crc32(reference.encode()):010d}"
