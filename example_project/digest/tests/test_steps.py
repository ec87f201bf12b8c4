"""The digest's steps, called as the plain functions they are, against the local feed and webhook."""
# ruff: noqa: PT009, PT027 - for Django's own test runner

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.test import SimpleTestCase, TestCase
from pydantic import HttpUrl, SecretStr

from digest import steps
from digest.feed import Feed, Item, parse
from digest.localhost import Call, Localhost
from digest.models import SentItem
from digest.text import escape_markdown, message_length
from squid_mesh import Outcome, StepContext
from squid_mesh.tools import http

TODAY = date(2026, 11, 23)
RUN = UUID(int=1)


def context(run: UUID = RUN) -> StepContext:
    """Return the context that the engine would pass."""
    return StepContext(run_id=run, workflow="digest.PostDailyDigest", step="post_to_discord")


def items(count: int, summary: str = "") -> list[Item]:
    """That many items."""
    return [Item(guid=str(number), title=f"Item {number}", summary=summary) for number in range(count)]


class FetchingAndPosting(SimpleTestCase):
    """The steps that leave the machine."""

    def setUp(self) -> None:
        self.localhost = self.enterContext(Localhost())
        self.digest = steps.Digest(content="Good morning @everyone", items=items(1))

    def post(self, url: str = "", run: UUID = RUN) -> None:
        """Run the step against the local webhook."""
        steps.post_to_discord(self.digest, SecretStr(url or self.localhost.webhook_url), context(run))

    def test_the_feed_is_fetched_over_http(self) -> None:
        feed = steps.fetch_feed(HttpUrl(f"{self.localhost.feed_url}?edition=1"))
        self.assertEqual((feed.title, len(feed.items)), ("The Delta Courier – All News", 42))

    def test_a_bad_answer_to_a_fetch_is_an_error(self) -> None:
        with self.assertRaises(http.HttpStatus) as caught:
            steps.fetch_feed(HttpUrl(f"{self.localhost.url}/gone.xml"))
        self.assertFalse(caught.exception.retryable)

    def test_the_webhook_fails_then_asks_for_patience_then_takes_the_message_once(self) -> None:
        with self.assertRaises(http.HttpStatus) as caught:
            self.post()
        self.assertEqual((caught.exception.retryable, caught.exception.delay), (True, None))
        with self.assertRaises(http.HttpStatus) as caught:
            self.post()
        self.assertEqual((caught.exception.retryable, caught.exception.delay), (True, 1))
        self.post()
        self.post()
        key = context().idempotency_key
        expected = [Call(key, status, self.digest.content) for status in (503, 429, 204, 204)]
        self.assertEqual(self.localhost.calls, expected)
        self.assertEqual(self.localhost.messages, [self.digest.content])

    def test_each_key_fails_on_its_own(self) -> None:
        for run in (RUN, UUID(int=2)):
            with self.assertRaises(http.HttpStatus):
                self.post(run=run)
        self.assertEqual([call.status for call in self.localhost.calls], [503, 503])

    def test_a_refusal_is_not_worth_another_attempt(self) -> None:
        with self.assertRaises(http.HttpStatus) as caught:
            self.post(f"{self.localhost.url}/nowhere")
        self.assertFalse(caught.exception.retryable)
        self.assertIn("404", str(caught.exception))

    def test_an_unreachable_webhook_is_worth_another_attempt_and_its_secret_url_is_masked(self) -> None:
        with self.assertRaises(http.HttpTransport) as caught:
            self.post("http://127.0.0.1:9/webhook/s3cret")
        self.assertTrue(caught.exception.retryable)
        self.assertNotIn("s3cret", repr(caught.exception.as_dict()))
        self.assertIsNone(caught.exception.__cause__)


class Building(SimpleTestCase):
    """The message itself."""

    def test_the_digest_names_the_feed_the_day_and_each_item(self) -> None:
        item = Item(guid="1", title="Title", author="Iris", summary="Text.", link="https://a.example/1")
        digest = steps.build_digest(Feed(url="u", title="Courier", items=[]), [item], TODAY)
        self.assertEqual(
            digest.content,
            "**Courier**, Monday 23 November 2026\n\n**Title** (Iris)\nText.\nhttps://a.example/1",
        )

    def test_items_that_do_not_fit_are_left_for_another_day(self) -> None:
        digest = steps.build_digest(Feed(url="u", title="Courier", items=[]), items(20, "x" * 250), TODAY)
        self.assertLessEqual(len(digest.content), steps.MAX_MESSAGE_LENGTH)
        self.assertEqual(len(digest.items), 7)
        self.assertEqual(digest.items, items(7, "x" * 250))

    def test_an_item_with_the_longest_texts_fits(self) -> None:
        entry = f"<title>{'*😀' * 500}</title><description>{'_😀' * 500}</description>"
        entry += f"<author>{'`' * 500}</author><link>https://a.example/{'l' * 450}</link>"
        channel = f"<channel><title>{'#' * 500}</title><item>{entry}</item></channel>"
        feed = parse(f"<rss version='2.0'>{channel}</rss>".encode(), "https://a.example/feed")
        digest = steps.build_digest(feed, feed.items, TODAY)
        self.assertEqual(digest.items, feed.items)
        self.assertLessEqual(message_length(digest.content), steps.MAX_MESSAGE_LENGTH)

    def test_an_item_that_does_not_fit_does_not_keep_others_out(self) -> None:
        large = Item(guid="large", title="Large", summary="x" * 3000)
        digest = steps.build_digest(Feed(url="u", title="C", items=[]), [large, *items(1)], TODAY)
        self.assertEqual([item.guid for item in digest.items], ["0"])

    def test_a_title_is_no_markdown(self) -> None:
        for title, written in {
            "snake_case *and* **more**": r"snake\_case \*and\* \*\*more\*\*",
            "Vec<T> in `200` lines": r"Vec\<T\> in \`200\` lines",
            "[win](https://bad.example) <@1>": r"\[win\]\(https://bad.example\) \<@1\>",
            "1. first": r"1\. first",
            "- first": r"\- first",
            "~~no~~ ||spoiler|| # 1": r"\~\~no\~\~ \|\|spoiler\|\| \# 1",
        }.items():
            with self.subTest(title):
                self.assertEqual(escape_markdown(title), written)


class Remembering(TestCase):
    """The steps that read and write what was sent."""

    feed = Feed(url="https://a.example/feed", title="A", items=items(3))

    def test_sent_items_are_dropped(self) -> None:
        SentItem.objects.create(feed_url=self.feed.url, guid="1", title="Item 1")
        SentItem.objects.create(feed_url="https://b.example/feed", guid="2", title="Another feed's")
        fresh = steps.drop_sent(self.feed)
        self.assertEqual(fresh, [self.feed.items[0], self.feed.items[2]])

    def test_without_new_items_the_outcome_is_nothing_new(self) -> None:
        steps.mark_sent(self.feed, steps.Digest(content="", items=self.feed.items))
        self.assertEqual(steps.drop_sent(self.feed), Outcome("nothing_new"))

    def test_marking_twice_marks_once(self) -> None:
        for _ in range(2):
            steps.mark_sent(self.feed, steps.Digest(content="", items=self.feed.items))
        self.assertEqual(SentItem.objects.count(), 3)

    def test_guids_that_differ_in_case_are_two_items(self) -> None:
        upper, lower = (Item(guid=guid, title=guid) for guid in ("Tag:A", "tag:a"))
        feed = Feed(url="https://a.example/feed", title="A", items=[upper, lower])
        steps.mark_sent(feed, steps.Digest(content="", items=[upper]))
        self.assertEqual(steps.drop_sent(feed), [lower])
        steps.mark_sent(feed, steps.Digest(content="", items=[lower]))
        self.assertEqual(steps.drop_sent(feed), Outcome("nothing_new"))

    def test_a_feed_with_a_very_long_address_is_remembered(self) -> None:
        feed = Feed(url=f"https://a.example/{'q' * 1000}", title="A", items=items(1))
        steps.mark_sent(feed, steps.Digest(content="", items=feed.items))
        self.assertEqual(steps.drop_sent(feed), Outcome("nothing_new"))

    def test_of_very_many_new_items_all_have_their_turn(self) -> None:
        feed = Feed(url="https://a.example/feed", title="A", items=items(1200))
        seen: list[str] = []
        while isinstance(fresh := steps.drop_sent(feed), list):
            seen += [item.guid for item in fresh]
            steps.mark_sent(feed, steps.Digest(content="", items=fresh))
        self.assertEqual(seen, [item.guid for item in feed.items])
