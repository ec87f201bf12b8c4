"""Stand-ins for the companies that onboarding talks to: offline, and the same every time.

Each would be a few lines with an HTTP client in a real project. What they answer depends on the customer's
country, so that a demonstration can choose.
"""

from __future__ import annotations

import asyncio
import zlib
from datetime import datetime, timedelta
from typing import Literal

#: How long the company registry takes to look into an application.
REGISTRY_TAKES = timedelta(seconds=1.2)
#: The registry knows companies from here only by hearsay.
HEARSAY = frozenset({"IS"})
#: The credit bureau's line to here hangs at the first call.
BAD_LINE = frozenset({"FK"})
#: The courier doesn't go here.
OUT_OF_REACH = frozenset({"FK", "AQ"})


class OutOfReach(Exception):
    """The courier does not deliver to that country."""


def registry_answer(country: str, asked_at: datetime, now: datetime) -> Literal["found", "unsure"] | None:
    """What the company registry has found out, or None while it is still looking."""
    if now - asked_at < REGISTRY_TAKES:
        return None
    return "unsure" if country in HEARSAY else "found"


async def credit_limit(plan: str, country: str, call: int) -> int:
    """The amount in pounds up to which the bureau would lend. ``call`` counts from 1."""
    hangs = country in BAD_LINE and call == 1
    await asyncio.sleep(60 if hangs else 0.2)
    return 5000 if plan == "premium" else 500


def ship_welcome_pack(country: str, reference: str) -> str:
    """Order a parcel and return its tracking number. A reference is one parcel, however often it is sent."""
    if country in OUT_OF_REACH:
        raise OutOfReach(f"No delivery to {country}.")
    return f"{country}-{zlib.crc32(reference.encode()):010d}"
