"""Conversion of HTML to plain text, and shortening of texts."""

from __future__ import annotations

from html.parser import HTMLParser

#: Tags that separate words.
_BLOCKS = frozenset({"p", "br", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "blockquote", "img"})
_INVISIBLE = frozenset({"script", "style"})


def plain_text(html: str) -> str:
    """Return the visible text of ``html``, on one line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.pieces).split())


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut between words to at most ``length`` characters, ellipsis included."""
    if len(text) <= length:
        return text
    whole_words, _, _ = text[:length].rpartition(" ")
    return (whole_words or text[: length - 1]).rstrip(" ,;:.-") + "…"


class _Reader(HTMLParser):
    """Collects the text between the tags, with character references resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._invisible = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _INVISIBLE:
            self._invisible += 1
        elif tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _INVISIBLE:
            self._invisible = max(0, self._invisible - 1)
        elif tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._invisible:
            self.pieces.append(data)
