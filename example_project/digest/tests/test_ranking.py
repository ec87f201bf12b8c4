"""Recent items first, and those about the topics."""
# ruff: noqa: PT009 - for Django's own test runner

from __future__ import annotations

from datetime import UTC, date, datetime

from django.test import SimpleTestCase

from digest.feed import Item
from digest.ranking import rank_items

TODAY = date(2026, 11, 23)


def item(title: str, day: int | None, *, year: int = 2026, summary: str = "") -> Item:
    """An item published at noon of that day of November."""
    moment = datetime(year, 11, day, 12, tzinfo=UTC) if day else None
    return Item(guid=title, title=title, summary=summary, published_at=moment)


class Ranking(SimpleTestCase):
    """The module's docstring, rule by rule."""

    def titles(self, *items: Item, count: int = 9) -> list[str]:
        """The titles in the order they are ranked."""
        return [each.title for each in rank_items(items, ["rail", "river"], TODAY, count)]

    def test_newer_items_come_first(self) -> None:
        self.assertEqual(
            self.titles(item("old", 14), item("new", 22), item("mid", 20)), ["new", "mid", "old"]
        )

    def test_a_topic_in_the_title_is_worth_more_than_one_in_the_summary(self) -> None:
        ranked = self.titles(
            item("none", 22), item("far", 22, summary="By the riverside."), item("Railway opens", 22)
        )
        self.assertEqual(ranked, ["Railway opens", "far", "none"])

    def test_a_topic_counts_at_the_start_of_a_word_only(self) -> None:
        self.assertEqual(self.titles(item("newer", 22), item("Drivers on a trail", 21))[0], "newer")

    def test_undated_items_count_as_a_week_old_and_future_ones_as_undated(self) -> None:
        ranked = self.titles(
            item("pinned", 30, year=2099), item("old", 14), item("week", 17), item("new", 22)
        )
        self.assertEqual(ranked, ["new", "week", "pinned", "old"])

    def test_the_feeds_order_decides_among_equals(self) -> None:
        self.assertEqual(self.titles(item("a", None), item("c", None), item("b", None)), ["a", "c", "b"])

    def test_at_most_the_limit_is_chosen(self) -> None:
        self.assertEqual(self.titles(item("old", 14), item("new", 22), count=1), ["new"])
