"""The feed in the fixtures has all the oddities of real ones; none of them reaches a reader."""
# ruff: noqa: PT009, PT027 - for Django's own test runner

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.test import SimpleTestCase

from digest.feed import Feed, Item, parse
from digest.localhost import FEED, FEED_TYPE
from squid_mesh import StepFailed

URL = "https://courier.example/feed.xml"

ATOM = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://atom.example/news/">
  <title type="html">Caf\xe9 &amp;amp; Co</title>
  <entry>
    <id>tag:atom.example,2026:1</id>
    <title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Now <b>open</b></div></title>
    <link rel="alternate" href="1.html"/>
    <updated>2026-11-22T10:00:00+02:00</updated>
    <content type="html">&lt;p&gt;Bring a friend.&lt;/p&gt;</content>
  </entry>
</feed>"""


class ParsingTheFixture(SimpleTestCase):
    """Item by item."""

    feed: ClassVar[Feed]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.feed = parse(FEED.read_bytes(), URL, FEED_TYPE)

    def item(self, words: str) -> Item:
        """The one item whose title has these words."""
        (found,) = (item for item in self.feed.items if words in item.title)
        return found

    def test_entries_without_content_and_repeated_guids_are_skipped(self) -> None:
        self.assertEqual((len(self.feed.items), self.feed.skipped), (42, 2))
        self.assertEqual(len({item.guid for item in self.feed.items}), 42)

    def test_no_mark_up_and_no_reference_reaches_a_reader(self) -> None:
        for item in self.feed.items:
            for text in (item.title, item.summary):
                self.assertNotRegex(text, r"</?[a-z]|&[a-z]+;|&#\d|\s\s|alert|track\(")

    def test_twice_escaped_references_are_resolved(self) -> None:
        self.assertEqual(self.feed.title, "The Delta Courier – All News")
        self.assertEqual(self.item("Café").title, "Café owners: “The river has never been this low”")
        self.assertIn("“dry year” & asks", self.item("Café").summary)

    def test_a_bare_ampersand_spoils_nothing(self) -> None:
        self.assertEqual(self.item("Kells").title, "Kells & Daughters shipyard lays keel for solar ferry")

    def test_windows_characters_become_what_was_meant(self) -> None:
        self.assertEqual(self.item("app fails").title, "Ferry company’s app fails on busiest day")

    def test_emoji_and_other_scripts_survive(self) -> None:
        self.assertTrue(self.item("squid").title.startswith("🦑"))
        self.assertIn("خبز", self.item("Şafak").summary)

    def test_the_first_of_two_entries_with_one_guid_counts(self) -> None:
        self.assertNotIn("updated", self.item("squid").title)

    def test_without_a_guid_the_link_is_the_guid(self) -> None:
        item = self.item("sugar works")
        self.assertEqual(item.guid, item.link)

    def test_a_long_guid_becomes_a_digest_that_fits_its_column(self) -> None:
        self.assertRegex(self.item("Pile drivers").guid, r"^[0-9a-f]{64}$")

    def test_a_relative_link_is_made_absolute(self) -> None:
        self.assertEqual(self.item("Swing bridge").link, "https://courier.example/2026/11/21/swing-bridge")

    def test_a_script_is_no_link(self) -> None:
        self.assertIsNone(self.item("Quiz").link)

    def test_an_untitled_entry_is_titled_by_its_text(self) -> None:
        item = self.item("Fog")
        self.assertTrue(item.title.startswith("Fog: ferries"))
        self.assertEqual(item.summary, "")

    def test_long_summaries_are_cut_between_words(self) -> None:
        summary = self.item("Opinion").summary
        self.assertLessEqual(len(summary), 280)
        self.assertRegex(summary, r"\w…$")

    def test_media_titles_are_not_the_items(self) -> None:
        item = self.item("herring")
        self.assertEqual(item.summary, "Thirty floats, nine brass bands, one escaped goose.")

    def test_content_replaces_a_missing_description(self) -> None:
        self.assertTrue(self.item("feet dry").summary.startswith("Pumps, pipes and patience Forty-one"))

    def test_dates_are_read_in_every_zone_and_form(self) -> None:
        for words, expected in {
            "sugar works": datetime(2026, 11, 22, 0, 20, tzinfo=UTC),  # -0500
            "Kells": datetime(2026, 11, 22, 9, 30, tzinfo=UTC),  # Z
            "bottleneck": datetime(2026, 11, 20, 19, 30, tzinfo=UTC),  # EST, no weekday
            "ice master": datetime(2026, 11, 20, 3, 30, tzinfo=UTC),  # two-digit year, +0545
            "captain": datetime(2026, 11, 20, 7, 0, tzinfo=UTC),  # ISO 8601
            "Library": datetime(2026, 11, 19, 20, 10, tzinfo=UTC),  # dc:date
        }.items():
            with self.subTest(words):
                self.assertEqual(self.item(words).published_at, expected)

    def test_a_missing_or_impossible_date_is_none(self) -> None:
        for words in ("Tide tables", "clock back", "orchestra"):
            with self.subTest(words):
                self.assertIsNone(self.item(words).published_at)


class ParsingOthers(SimpleTestCase):
    """Atom, an old encoding, and things that are no feeds."""

    def test_atom_in_latin_1_with_a_base(self) -> None:
        feed = parse(ATOM, "https://atom.example/feed")
        self.assertEqual(feed.title, "Café & Co")
        self.assertEqual(
            feed.items,
            [
                Item(
                    guid="tag:atom.example,2026:1",
                    title="Now open",
                    link="https://atom.example/news/1.html",
                    summary="Bring a friend.",
                    published_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
                )
            ],
        )

    def test_a_page_that_is_no_feed_fails_the_step(self) -> None:
        with self.assertRaises(StepFailed) as caught:
            parse(b"<!doctype html><p>Please log in & try again", URL, "text/html")
        self.assertEqual(caught.exception.details["url"], URL)

    def test_a_feed_without_entries_is_an_empty_feed(self) -> None:
        feed = parse(b"<rss version='2.0'><channel><title>Quiet</title></channel></rss>", URL)
        self.assertEqual((feed.title, feed.items), ("Quiet", []))
