"""Reading pages like a browser with a strict content security policy."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any


class Strict(HTMLParser):
    """Collect what ``default-src 'self'`` without ``unsafe-inline`` forbids."""

    def __init__(self) -> None:
        super().__init__()
        self.refused: list[str] = []
        self._in: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in = tag if tag in ("script", "style") else None
        if tag == "style":
            self.refused.append("<style>")
        for name, value in given.items():
            if name == "style" or name.startswith("on"):
                self.refused.append(f"<{tag} {name}>")
            if name in ("href", "src", "action") and str(value).strip().lower().startswith("javascript:"):
                self.refused.append(f"<{tag} {name}={value}>")
            if name in ("src", "xlink:href") and str(value).startswith(("http:", "https:", "//")):
                self.refused.append(f"<{tag} {name}={value}>")

    def handle_data(self, data: str) -> None:
        if self._in == "script" and data.strip():
            self.refused.append(f"<script> {data.strip()[:40]}")

    def handle_endtag(self, tag: str) -> None:
        self._in = None


def refused(response: Any) -> list[str]:
    """Return what the policy forbids in the page."""
    parser = Strict()
    parser.feed(response.content.decode())
    return parser.refused


def page(client: Any, address: str, **data: Any) -> str:
    """Return the page's HTML; its status is 200."""
    response = client.get(address, data)
    assert response.status_code == 200, response.status_code
    return response.content.decode()
