"""Reading a feed as feeds really are: RSS or Atom in, clean items out."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from pydantic import BaseModel

from digest.text import plain_text, shortened
from squid_mesh import StepFailed

#: As long as the database column that remembers it.
_LONGEST_GUID = 200
#: Fields in which feeds say when an item appeared, the most telling first.
_DATES = ("published_parsed", "updated_parsed", "created_parsed")


class Item(BaseModel):
    """One entry, with plain text only. ``published_at`` is None where the feed gives no usable date."""

    guid: str
    title: str
    link: str | None = None
    summary: str = ""
    author: str | None = None
    published_at: datetime | None = None


class Feed(BaseModel):
    """A feed's title and its items, in the feed's own order. ``skipped`` entries were no items."""

    url: str
    title: str
    items: list[Item]
    skipped: int = 0


def parse(document: bytes, url: str, content_type: str = "") -> Feed:
    """The feed in ``document``, which came from ``url``.

    Malformed XML is forgiven as long as entries can be found. Of entries with one guid the first counts.

    Raises:
        StepFailed: there is no feed in it, and reading it again wouldn't help.
    """
    parsed = feedparser.parse(
        document,
        response_headers={"content-type": content_type or "application/xml", "content-location": url},
    )
    if parsed.bozo and not parsed.entries:
        raise StepFailed("That is no feed.", url=url, problem=str(parsed.bozo_exception))
    items = _first_of_each_guid(_item(entry, url) for entry in parsed.entries)
    return Feed(
        url=url,
        title=plain_text(parsed.feed.get("title", "")) or urlsplit(url).netloc,
        items=items,
        skipped=len(parsed.entries) - len(items),
    )


def _first_of_each_guid(items: Iterable[Item | None]) -> list[Item]:
    found: dict[str, Item] = {}
    for item in items:
        if item is not None:
            found.setdefault(item.guid, item)
    return list(found.values())


def _item(entry: Mapping[str, Any], feed_url: str) -> Item | None:
    """The entry as an item, or None if there is nothing in it to show."""
    summary = plain_text(entry.get("summary") or _content(entry))
    title = plain_text(entry.get("title", ""))
    if not title:  # as in a live blog: the text is all there is
        title, summary = shortened(summary, 120), ""
    if not title:
        return None
    link = _web_link(entry.get("link", ""), feed_url)
    return Item(
        guid=_guid(entry, link, title),
        title=title,
        link=link,
        summary=shortened(summary, 280),
        author=plain_text(entry.get("author", "")) or None,
        published_at=_published_at(entry),
    )


def _content(entry: Mapping[str, Any]) -> str:
    parts = entry.get("content") or [{}]
    return str(parts[0].get("value", ""))


def _web_link(link: str, feed_url: str) -> str | None:
    """An absolute http(s) address, or None: ``javascript:`` and its like are no links."""
    try:
        absolute = urljoin(feed_url, link.strip())
        return absolute if link and urlsplit(absolute).scheme in {"http", "https"} else None
    except ValueError:
        return None


def _guid(entry: Mapping[str, Any], link: str | None, title: str) -> str:
    """What tells this item from all others: its own id, else its link, else its title."""
    guid = str(entry.get("id") or link or title).strip()
    if len(guid) > _LONGEST_GUID:
        return hashlib.sha256(guid.encode()).hexdigest()
    return guid


def _published_at(entry: Mapping[str, Any]) -> datetime | None:
    """The first date that could be read. feedparser gives it in UTC, or None where it is nonsense."""
    for field in _DATES:
        if moment := entry.get(field):
            try:
                return datetime.fromtimestamp(calendar.timegm(moment), UTC)
            except (ValueError, OverflowError):
                continue
    return None
