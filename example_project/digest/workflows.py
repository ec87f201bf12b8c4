"""The workflow of the daily digest."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.utils import timezone
from pydantic import BaseModel, Field, HttpUrl, SecretStr

from digest import steps
from squid_mesh import Retry, Workflow, complete, cron, exponential, manual, step


def default_feed_url() -> HttpUrl:
    """Return the URL of the feed that the daily run reads."""
    return HttpUrl(settings.DIGEST_FEED_URL)


def default_webhook_url() -> SecretStr:
    """Return the URL that the daily run posts to. Knowing it is enough to post, so it is a secret."""
    return SecretStr(settings.DISCORD_WEBHOOK_URL)


class PostDailyDigest(Workflow):
    """Post the feed's best new items to Discord every weekday at nine."""

    class Payload(BaseModel):
        feed_url: HttpUrl = Field(default_factory=default_feed_url)
        discord_webhook_url: SecretStr = Field(default_factory=default_webhook_url)
        topics: tuple[str, ...] = ("energy", "rail", "housing", "river")
        posted_on: date = Field(default_factory=timezone.localdate)

    daily_digest = cron("0 9 * * 1-5", timezone="Etc/UTC")
    by_hand = manual()

    fetch_feed = step(
        steps.fetch_feed,
        output="feed",
        retry=Retry(max_attempts=3, backoff=exponential(min=1, max=10)),
    )
    drop_sent = step(steps.drop_sent, output="fresh")
    rank = step(steps.rank, output="picked")
    build_digest = step(steps.build_digest, output="digest")
    post_to_discord = step(
        steps.post_to_discord,
        retry=Retry(max_attempts=5, backoff=exponential(min=1, max=30)),
        irreversible=True,
    )
    mark_sent = step(steps.mark_sent)

    flow = [
        fetch_feed >> drop_sent >> rank >> build_digest >> post_to_discord >> mark_sent,
        drop_sent.on("nothing_new") >> complete,
    ]
