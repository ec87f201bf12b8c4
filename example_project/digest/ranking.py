"""The ranking of items: recent ones and those about the desk's topics come first.

An item's score is ``freshness + interest``:

* Freshness is 1 for the newest item and halves with every two days of age. Age is measured from the newest
  item, so that the same feed always has the same order. An item without a date, or with a date in the future,
  counts as a week old.
* Interest is 0.5 for each topic in the title, and 0.2 for each topic only in the summary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from digest.feed import Item

HALF_LIFE = timedelta(days=2)
AGE_WHEN_UNKNOWN = timedelta(days=7)
IN_TITLE = 0.5
IN_SUMMARY = 0.2


def rank_items(items: Iterable[Item], topics: Sequence[str], on: date, count: int) -> list[Item]:
    """Return the ``count`` best items, best first. Equal scores keep the feed's order."""
    items = list(items)
    newest = max((moment for item in items if (moment := plausible_date(item, on))), default=None)
    ranked = sorted(items, key=lambda item: -score(item, topics, on, newest))
    return ranked[:count]


def score(item: Item, topics: Sequence[str], on: date, newest: datetime | None) -> float:
    """Return freshness plus interest, as the module's docstring defines them."""
    published_at = plausible_date(item, on)
    age = newest - published_at if newest and published_at else AGE_WHEN_UNKNOWN
    freshness: float = 0.5 ** (age / HALF_LIFE)
    return freshness + sum(_interest(item, topic) for topic in topics)


def plausible_date(item: Item, on: date) -> datetime | None:
    """Return the item's date, or None if it is more than a day after ``on``."""
    if item.published_at and item.published_at.date() <= on + timedelta(days=1):
        return item.published_at
    return None


def _interest(item: Item, topic: str) -> float:
    word = re.compile(rf"\b{re.escape(topic)}", re.IGNORECASE)
    if word.search(item.title):
        return IN_TITLE
    return IN_SUMMARY if word.search(item.summary) else 0.0
