"""Which items are worth a reader's morning: recent ones, and those about the desk's topics.

An item's score is ``freshness + interest``:

* freshness is 1 for an item of the feed's newest hour and halves with every two days of age. It is measured
  from the newest item, not from the clock, so that the same feed always gives the same order. An item without
  a date, or with one in the future, counts as a week old.
* interest is 0.5 for every topic named in the title, and 0.2 for every one named only in the summary.
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


def best(items: Iterable[Item], topics: Sequence[str], on: date, count: int) -> list[Item]:
    """The ``count`` highest scores, best first; where scores are equal the feed's order decides."""
    items = list(items)
    newest = max((moment for item in items if (moment := believable_date(item, on))), default=None)
    ranked = sorted(items, key=lambda item: -score(item, topics, on, newest))
    return ranked[:count]


def score(item: Item, topics: Sequence[str], on: date, newest: datetime | None) -> float:
    """Freshness and interest together; the module's docstring has the rule."""
    published_at = believable_date(item, on)
    age = newest - published_at if newest and published_at else AGE_WHEN_UNKNOWN
    freshness: float = 0.5 ** (age / HALF_LIFE)
    return freshness + sum(_interest(item, topic) for topic in topics)


def believable_date(item: Item, on: date) -> datetime | None:
    """The item's date, unless it lies after ``on`` (time zones get a day's grace)."""
    if item.published_at and item.published_at.date() <= on + timedelta(days=1):
        return item.published_at
    return None


def _interest(item: Item, topic: str) -> float:
    word = re.compile(rf"\b{re.escape(topic)}", re.IGNORECASE)
    if word.search(item.title):
        return IN_TITLE
    return IN_SUMMARY if word.search(item.summary) else 0.0
