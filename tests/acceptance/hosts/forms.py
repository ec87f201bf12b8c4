"""Reading forms, links and the text of a page."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

from django.utils.html import strip_tags


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "input" and found.get("type") == "hidden" and found.get("name"):
            self.hidden[str(found["name"])] = found.get("value") or ""
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    return reader


def read_hidden_fields(page: str) -> dict[str, str]:
    """Return the values of hidden fields by name."""
    return _read(page).hidden


def read_links(page: str, address: str) -> list[str]:
    """Return the paths to which the page at that address links."""
    return [urldefrag(urljoin(address, link)).url for link in _read(page).links]


def read_text(page: str) -> str:
    """Return the text of the page's main part on one line."""
    return " ".join(strip_tags(page.partition("<main")[2]).split())
