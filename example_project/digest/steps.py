"""The steps of the digest. They are plain functions that a unit test can call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, HttpUrl, SecretStr

from digest import ranking
from digest.feed import Feed, Item, parse
from digest.models import SentItem
from digest.text import escape_markdown, message_length
from squid_mesh import Outcome, StepContext
from squid_mesh.tools import http

FEEDS = "application/rss+xml, application/atom+xml, */*"
ITEMS_IN_A_DIGEST = 8
MOST_FRESH_ITEMS = 500
#: Discord rejects longer messages.
MAX_MESSAGE_LENGTH = 2000


class Digest(BaseModel):
    """A message to post, and the items in it."""

    content: str
    items: list[Item]


def fetch_feed(feed_url: HttpUrl) -> Feed:
    """Load the feed. An error of the HTTP tool is retried if that may help."""
    response = http.get(str(feed_url), headers={"Accept": FEEDS})
    return parse(response.body, str(feed_url), response.headers.get("content-type", ""))


def drop_sent(feed: Feed) -> list[Item] | Outcome:
    """Drop the items that were sent before. Without new items the run ends here.

    Of very many new items the first are returned; the others have their turn when these are sent.
    """
    sent = set(SentItem.objects.filter(feed_url=feed.key).values_list("guid", flat=True))
    fresh = [item for item in feed.items if item.guid not in sent]
    return fresh[:MOST_FRESH_ITEMS] or Outcome("nothing_new")


def rank(fresh: list[Item], topics: Sequence[str], posted_on: date) -> list[Item]:
    """Choose the best items: recent ones and those about the topics. See ``ranking``."""
    return ranking.rank_items(fresh, topics, posted_on, ITEMS_IN_A_DIGEST)


def build_digest(feed: Feed, picked: list[Item], posted_on: date) -> Digest:
    """Write the message. Items that would make it too long are left for another day.

    The first item always fits: its texts are short, see ``feed``.
    """
    content = f"**{escape_markdown(feed.title)}**, {posted_on:%A %d %B %Y}"
    included: list[Item] = []
    for item in picked:
        longer = f"{content}\n\n{_paragraph(item)}"
        if message_length(longer) <= MAX_MESSAGE_LENGTH:
            content = longer
            included.append(item)
    return Digest(content=content, items=included)


def post_to_discord(digest: Digest, discord_webhook_url: SecretStr, ctx: StepContext) -> None:
    """Post the message. All attempts have the same idempotency key, so it is delivered once."""
    message = {"content": digest.content, "allowed_mentions": {"parse": []}}
    http.post(discord_webhook_url, json=message, idempotency_key=ctx.idempotency_key)
    ctx.logger.info("Posted %d items.", len(digest.items))


def mark_sent(feed: Feed, digest: Digest) -> None:
    """Store what was sent. Marking an item twice changes nothing, so the step may run twice."""
    for item in digest.items:
        SentItem.objects.get_or_create(
            feed_url=feed.key, guid=item.guid, defaults={"title": item.title[:300]}
        )


def _paragraph(item: Item) -> str:
    headline = f"**{escape_markdown(item.title)}**"
    if item.author:
        headline += f" ({escape_markdown(item.author)})"
    return "\n".join(line for line in (headline, escape_markdown(item.summary), item.link) if line)
