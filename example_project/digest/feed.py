"""Parsing of RSS and Atom feeds, with all their irregularities, into clean items."""

from __future__ import annotations

import calendar
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import feedparser
from pydantic import BaseModel

from digest.document import decode_feed
from digest.text import one_line, plain_text, shorten
from squid_mesh import StepFailed

#: The lengths of the database columns.
_LONGEST_GUID, _LONGEST_URL = 200, 500
_LONGEST_TITLE, _LONGEST_SUMMARY, _LONGEST_AUTHOR, _LONGEST_FEED_TITLE = 200, 280, 80, 100
#: A longer link would leave too little room for the text.
_LONGEST_LINK = 500
#: What may stand in a URL as it is; the percent sign too, since most links are quoted already.
_URL_CHARACTERS = "/:?#[]@!$&'()*+,;=%~-._"
#: The fields with an item's date, best first.
_DATES = ("published_parsed", "updated_parsed", "created_parsed")


class Item(BaseModel):
    """An entry as plain text, short enough for a message. ``published_at`` is None without a valid date."""

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

    @property
    def key(self) -> str:
        """What identifies the feed in the database."""
        return fit_column(self.url, _LONGEST_URL)


def parse(document: bytes, url: str, content_type: str = "") -> Feed:
    """Return the feed in ``document``, which was loaded from ``url``.

    Malformed XML is accepted if it has entries. Of entries with the same guid, the first counts.

    Raises:
        StepFailed: the document is not a feed, so a retry wouldn't help.
    """
    parsed = _parse(decode_feed(document, content_type), url)
    version = str(parsed.get("version", ""))
    if not parsed.entries and (parsed.bozo or not version):
        problem = str(parsed.get("bozo_exception", "It is empty."))
        raise StepFailed("The document is not a feed.", url=url, problem=problem)
    atom = version.startswith("atom")
    items = _drop_repeated_guids(_parse_item(entry, url, atom=atom) for entry in parsed.entries)
    return Feed(
        url=url,
        title=shorten(_text(parsed.feed, "title", atom=atom), _LONGEST_FEED_TITLE) or urlsplit(url).netloc,
        items=items,
        skipped=len(parsed.entries) - len(items),
    )


def fit_column(text: str, longest: int) -> str:
    """Return the text, or the digest of one that is too long."""
    return text if len(text) <= longest else hashlib.sha256(text.encode()).hexdigest()


def _parse(document: str, url: str) -> Any:
    """Return what feedparser finds, with its mark-up: :func:`plain_text` knows what to do with that."""
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    try:
        return feedparser.parse(document.encode(), response_headers=headers, sanitize_html=False)
    except Exception as error:  # the library doesn't say which errors it lets through
        raise StepFailed("The document is not a feed.", url=url, problem=str(error)) from error


def _text(entry: Mapping[str, Any], field: str, *, atom: bool) -> str:
    """Return a field as one line of plain text. What Atom says is plain text has no mark-up."""
    value = str(entry.get(field) or "")
    declared = entry.get(f"{field}_detail") or {}
    return one_line(value) if atom and declared.get("type") == "text/plain" else plain_text(value)


def _drop_repeated_guids(items: Iterable[Item | None]) -> list[Item]:
    found: dict[str, Item] = {}
    for item in items:
        if item is not None:
            found.setdefault(item.guid, item)
    return list(found.values())


def _parse_item(entry: Mapping[str, Any], feed_url: str, *, atom: bool) -> Item | None:
    """Return the entry as an item, or None if it has no content."""
    summary = _text(entry, "summary", atom=atom) or plain_text(_content(entry))
    title = _text(entry, "title", atom=atom)
    if not title:  # a live blog, for example, has only text
        title, summary = shorten(summary, 120), ""
    if not title:
        return None
    link = _web_link(str(entry.get("link") or ""), feed_url)
    return Item(
        guid=_guid(entry, link, title, summary),
        title=shorten(title, _LONGEST_TITLE),
        link=link if link and len(link) <= _LONGEST_LINK else None,
        summary=shorten(summary, _LONGEST_SUMMARY),
        author=shorten(_text(entry, "author", atom=atom), _LONGEST_AUTHOR) or None,
        published_at=_published_at(entry),
    )


def _content(entry: Mapping[str, Any]) -> str:
    parts = entry.get("content") or [{}]
    return str(parts[0].get("value", ""))


def _web_link(link: str, feed_url: str) -> str | None:
    """Return an absolute http(s) URL, or None for others, such as ``javascript:``."""
    try:
        absolute = urljoin(feed_url, one_line(link))
        scheme = urlsplit(absolute).scheme
    except ValueError:
        return None
    return quote(absolute, safe=_URL_CHARACTERS) if link and scheme in {"http", "https"} else None


def _guid(entry: Mapping[str, Any], link: str | None, title: str, summary: str) -> str:
    """Return what identifies the item: its id, else its link and title, else its text.

    The link alone wouldn't do: in some feeds, all items without an id link to the home page.
    """
    guid = one_line(str(entry.get("id") or ""))
    return fit_column(guid or f"{link or summary} {title}", _LONGEST_GUID)


def _published_at(entry: Mapping[str, Any]) -> datetime | None:
    """Return the first valid date, or None. feedparser returns dates in UTC."""
    for field in _DATES:
        if moment := entry.get(field):
            try:
                return datetime.fromtimestamp(calendar.timegm(moment), UTC)
            except (ValueError, OverflowError):
                continue
    return None
