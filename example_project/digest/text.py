"""HTML to plain text, and text to a length."""

from __future__ import annotations

from html.parser import HTMLParser

#: Tags after which words must not run together.
_BLOCKS = frozenset({"p", "br", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "blockquote", "img"})
_UNSEEN = frozenset({"script", "style"})


def plain_text(html: str) -> str:
    """What a reader would see of ``html``, on one line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.pieces).split())


def shortened(text: str, length: int) -> str:
    """``text``, cut between words so that it has at most ``length`` characters, the ellipsis included."""
    if len(text) <= length:
        return text
    whole_words, _, _ = text[:length].rpartition(" ")
    return (whole_words or text[: length - 1]).rstrip(" ,;:.-") + "…"


class _Reader(HTMLParser):
    """Collects the text between the tags, character references resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)
