"""Whole runs of the digest, without a network, a cluster or a wait."""
# ruff: noqa: PT009 - for Django's own test runner

from __future__ import annotations

from datetime import date

from django.test import TestCase

from digest.feed import Feed, Item
from digest.models import SentItem
from digest.workflows import PostDailyDigest
from squid_mesh.testing import (
    Fault,
    advance,
    assert_steps,
    check_workflows,
    fail_at,
    fake,
    run_workflow,
    virtual_time,
)

FEED = Feed(url="https://a.example/feed", title="Courier", items=[Item(guid="1", title="New bridge opens")])


class Runs(TestCase):
    """From the feed to the channel."""

    def setUp(self) -> None:
        self.enterContext(virtual_time())
        self.fetched = self.enterContext(fake(PostDailyDigest.fetch_feed, returns=FEED))

    def test_new_items_are_posted_and_remembered(self) -> None:
        with fake(PostDailyDigest.post_to_discord) as posted:
            run = run_workflow(PostDailyDigest, trigger="by_hand")
        self.assertEqual(run.status, "completed")
        self.assertIn("New bridge opens", posted.calls[0]["digest"].content)
        self.assertEqual(SentItem.objects.get().guid, "1")

    def test_nothing_is_posted_twice(self) -> None:
        with fake(PostDailyDigest.post_to_discord) as posted:
            run_workflow(PostDailyDigest, trigger="by_hand")
            run = run_workflow(PostDailyDigest, trigger="by_hand")
        assert_steps(run, ["fetch_feed", "drop_sent"])
        self.assertEqual(len(posted.calls), 1)

    def test_the_digest_is_made_every_weekday(self) -> None:
        with fake(PostDailyDigest.post_to_discord):
            runs = advance(days=14, cron=[PostDailyDigest]).values()
        days = [date.fromisoformat(run.payload["posted_on"]) for run in runs]
        self.assertEqual(len(set(days)), 10)
        self.assertTrue(all(day.weekday() < 5 for day in days))

    def test_a_busy_feed_is_asked_three_times(self) -> None:
        with fake(PostDailyDigest.fetch_feed, raises=ConnectionError("busy")) as fetched:
            run = run_workflow(PostDailyDigest, trigger="by_hand")
        assert_steps(run, [("fetch_feed", "failed")])
        self.assertEqual(len(fetched.calls), 3)

    def test_a_post_whose_answer_is_lost_is_repeated_with_the_same_key(self) -> None:
        with (
            fake(PostDailyDigest.post_to_discord) as posted,
            fail_at(Fault.LOST_ACKNOWLEDGEMENT, PostDailyDigest.post_to_discord),
        ):
            run = run_workflow(PostDailyDigest, trigger="by_hand")
        self.assertEqual(run.status, "completed")
        self.assertEqual(len({call["ctx"].idempotency_key for call in posted.calls}), 1)
        self.assertEqual(len(posted.calls), 2)

    def test_all_workflows_of_the_project_are_sound(self) -> None:
        check_workflows()
