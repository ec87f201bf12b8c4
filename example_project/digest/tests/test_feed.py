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

    def test_without_a_guid_the_link_and_the_title_identify_an_item(self) -> None:
        item = self.item("sugar works")
        self.assertEqual(item.guid, f"{item.link} {item.title}")

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


def rss(*entries: str, before: str = "") -> bytes:
    """Return a feed with these entries."""
    items = "".join(f"<item>{entry}</item>" for entry in entries)
    return f"{before}<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def titles(document: bytes, content_type: str = "") -> list[str]:
    """Return the titles of a feed's items."""
    return [item.title for item in parse(document, URL, content_type).items]


class LosingNothing(SimpleTestCase):
    """One bad item costs that item at most."""

    def test_what_is_no_tag_of_html_is_text(self) -> None:
        for written, shown in {
            "Vec&lt;T&gt; in 200 lines": "Vec<T> in 200 lines",
            "Map&lt;String, List&lt;Int&gt;&gt;": "Map<String, List<Int>>",
            "Why &lt;script&gt; is &lt;b&gt;slow&lt;/b&gt;": "Why <script> is slow",
            "a &amp;lt; b &amp;amp;&amp;amp; c &gt; d": "a < b && c > d",
            "&lt;script&gt;alert(1)&lt;/script&gt;Quiz": "Quiz",
            "<![CDATA[1 < 2 <em>always</em>]]>": "1 < 2 always",
        }.items():
            with self.subTest(written):
                self.assertEqual(titles(rss(f"<title>{written}</title>")), [shown])

    def test_plain_text_of_atom_has_no_mark_up(self) -> None:
        entry = "<entry><id>1</id><title>Use &lt;b&gt; and AT&amp;amp;T</title></entry>"
        atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>x</title>{entry}</feed>"
        self.assertEqual(titles(atom.encode()), ["Use <b> and AT&amp;T"])

    def test_characters_that_xml_forbids_cost_themselves_alone(self) -> None:
        for written in ("&#0;", "&#x0;", "&#xD800;", "&#99999999999;", "\x00", "\x1b", "\ufffe"):
            with self.subTest(written):
                document = rss(f"<title>one {written}day</title>", "<title>two</title>")
                self.assertEqual(titles(document), ["one day", "two"])

    def test_a_bad_byte_garbles_nothing_else(self) -> None:
        document = rss("<title>Café ?</title>", "<title>Şafak</title>").replace(b"?", b"\xff")
        self.assertEqual(titles(document), ["Café \ufffd", "Şafak"])

    def test_each_way_to_declare_an_encoding_is_read(self) -> None:
        entry = "<title>Привет</title>"
        for encoding, declared, content_type in (
            ("cp1251", "<?xml version='1.0' encoding='windows-1251'?>", ""),
            ("koi8-r", "", "application/rss+xml; charset=koi8-r"),
            ("utf-16", "<?xml version='1.0' encoding='UTF-16'?>", ""),
            ("utf-8-sig", "<?xml version='1.0' encoding='latin-1'?>", ""),
            ("utf-8", "", "text/xml; charset=undefined"),
            ("utf-8", "", "text/xml; charset=unicode_escape"),
        ):
            with self.subTest(encoding, content_type=content_type):
                document = rss(entry, before=declared).decode().encode(encoding)
                self.assertEqual(titles(document, content_type), ["Привет"])

    def test_windows_text_that_claims_to_be_utf_8_is_read(self) -> None:
        self.assertEqual(titles(rss("<title>Caf? ?news?</title>").replace(b"?", b"\xe9", 1)), ["Café ?news?"])

    def test_nested_and_long_entities_are_not_expanded(self) -> None:
        nested = "".join(f"<!ENTITY e{n + 1} '{f'&e{n};' * 10}'>" for n in range(12))
        bomb = f"<!DOCTYPE r [<!ENTITY e0 '{'x' * 100}'>{nested}]>"
        (one, two) = titles(rss("<title>one &e12;</title>", "<title>two</title>", before=bomb))
        self.assertLess(len(one), 20)
        self.assertEqual(two, "two")

    def test_items_without_an_id_that_share_a_link_are_different_items(self) -> None:
        link = "<link>https://courier.example/</link>"
        document = rss(f"<title>one</title>{link}", f"<title>two</title>{link}", f"<title>one</title>{link}")
        self.assertEqual(titles(document), ["one", "two"])

    def test_texts_are_short_and_hide_nothing(self) -> None:
        long = "word " * 100_000
        (item,) = parse(rss(f"<title>\u202e{long}</title><author>{long}</author>"), URL).items
        self.assertLessEqual(len(item.title), 200)
        self.assertNotIn("\u202e", item.title)
        self.assertLessEqual(len(item.author or ""), 80)

    def test_thousands_of_items_are_read(self) -> None:
        document = rss(*(f"<title>Item {n}</title><guid>{n}</guid>" for n in range(2000)))
        self.assertEqual(len(titles(document)), 2000)

    def test_what_the_parser_itself_cannot_bear_fails_the_step(self) -> None:
        for document in (b"", b"\x00\xff", b"<rss", b"<!DOCTYPE [", "<a>".encode("utf-32")):
            with self.subTest(document), self.assertRaises(StepFailed):
                parse(document, URL)
