"""Parsing of RSS and Atom feeds, with all their irregularities, into clean items."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from pydantic import BaseModel

from digest.text import plain_text, shorten
from squid_mesh import StepFailed

#: The length of the database column.
_LONGEST_GUID = 200
#: The fields with an item's date, best first.
_DATES = ("published_parsed", "updated_parsed", "created_parsed")


class Item(BaseModel):
    """An entry as plain text. ``published_at`` is None if the feed has no valid date."""

    guid: str
    title: str
    link: str | None = None
    summary: str = ""
    author: str | None = None
    published_at: datetime | None = None


class Feed(BaseModel):
    """A feed's title and its items, in the feed's order. ``skipped`` counts the entries without content."""

    url: str
    title: str
    items: list[Item]
    skipped: int = 0


def parse(document: bytes, url: str, content_type: str = "") -> Feed:
    """Return the feed in ``document``, which was loaded from ``url``.

    Malformed XML is accepted if it has entries. Of entries with the same guid, the first counts.

    Raises:
        StepFailed: the document is not a feed, so a retry wouldn't help.
    """
    parsed = feedparser.parse(
        document,
        response_headers={"content-type": content_type or "application/xml", "content-location": url},
    )
    if parsed.bozo and not parsed.entries:
        raise StepFailed("The document is not a feed.", url=url, problem=str(parsed.bozo_exception))
    items = _drop_repeated_guids(_parse_item(entry, url) for entry in parsed.entries)
    return Feed(
        url=url,
        title=plain_text(parsed.feed.get("title", "")) or urlsplit(url).netloc,
        items=items,
        skipped=len(parsed.entries) - len(items),
    )


def _drop_repeated_guids(items: Iterable[Item | None]) -> list[Item]:
    found: dict[str, Item] = {}
    for item in items:
        if item is not None:
            found.setdefault(item.guid, item)
    return list(found.values())


def _parse_item(entry: Mapping[str, Any], feed_url: str) -> Item | None:
    """Return the entry as an item, or None if it has no content."""
    summary = plain_text(entry.get("summary") or _content(entry))
    title = plain_text(entry.get("title", ""))
    if not title:  # a live blog, for example, has only text
        title, summary = shorten(summary, 120), ""
    if not title:
        return None
    link = _web_link(entry.get("link", ""), feed_url)
    return Item(
        guid=_guid(entry, link, title),
        title=title,
        link=link,
        summary=shorten(summary, 280),
        author=plain_text(entry.get("author", "")) or None,
        published_at=_published_at(entry),
    )


def _content(entry: Mapping[str, Any]) -> str:
    parts = entry.get("content") or [{}]
    return str(parts[0].get("value", ""))


def _web_link(link: str, feed_url: str) -> str | None:
    """Return an absolute http(s) URL, or None for others, such as ``javascript:``."""
    try:
        absolute = urljoin(feed_url, link.strip())
        return absolute if link and urlsplit(absolute).scheme in {"http", "https"} else None
    except ValueError:
        return None


def _guid(entry: Mapping[str, Any], link: str | None, title: str) -> str:
    """Return what identifies the item: its id, else its link, else its title."""
    guid = str(entry.get("id") or link or title).strip()
    if len(guid) > _LONGEST_GUID:
        return hashlib.sha256(guid.encode()).hexdigest()
    return guid


def _published_at(entry: Mapping[str, Any]) -> datetime | None:
    """Return the first valid date, or None. feedparser returns dates in UTC."""
    for field in _DATES:
        if moment := entry.get(field):
            try:
                return datetime.fromtimestamp(calendar.timegm(moment), UTC)
            except (ValueError, OverflowError):
                continue
    return None
