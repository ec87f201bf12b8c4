"""Conversion of HTML to plain text, shortening of texts, and writing them as Discord's Markdown."""

from __future__ import annotations

import html
import re
from typing import Final

#: No text of a feed is longer than that before it is shortened.
_LONGEST: Final = 100_000
#: Tags that separate words.
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "iframe", "img", "li", "main", "nav"),
        *("ol", "p", "pre", "section", "source", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
        *("audio", "video"),
    }
)
_INLINE: Final = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i"),
        *("ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong"),
        *("sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
#: What is never shown: its beginning, and its end.
_HIDDEN: Final = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_TAG: Final = re.compile(r"""</?([A-Za-z][A-Za-z0-9]*)(?:\s(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*)?/?>""")
_UNREADABLE: Final = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x84\\x86-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]"
)
_MARKDOWN: Final = re.compile(r"[\\`*_~|<>\[\]()#]")
_LIST: Final = re.compile(r"^(\d*)([-+.])(?= )")


def plain_text(source: str) -> str:
    """Return the visible text of HTML, on one line.

    Only tags of HTML are mark-up: in a title, ``Vec<T>`` and ``<title>`` are text. A script that isn't closed
    hides nothing.
    """
    text = source[:_LONGEST]
    for start, end in _HIDDEN:
        text = _drop_between(text, start, end)
    return one_line(html.unescape(_TAG.sub(_replace_tag, text)))


def one_line(text: str) -> str:
    """Return the text on one line, without characters that a reader can't see or that hide others."""
    return " ".join(_UNREADABLE.sub("", " ".join(text[:_LONGEST].split())).split())


def shorten(text: str, length: int) -> str:
    """Return ``text``, cut between words to at most ``length`` characters, ellipsis included."""
    if len(text) <= length:
        return text
    whole_words, _, _ = text[:length].rpartition(" ")
    return (whole_words or text[: length - 1]).rstrip(" ,;:.-") + "…"


def escape_markdown(text: str) -> str:
    """Return the text so that Discord shows it as it is."""
    return _LIST.sub(r"\1\\\2", _MARKDOWN.sub(lambda found: f"\\{found.group()}", text))


def message_length(text: str) -> int:
    """Return the length that Discord may count: of UTF-16, where an emoji counts twice."""
    return len(text.encode("utf-16-le")) // 2


def _drop_between(text: str, start: str, end: str) -> str:
    """Return the text without what stands from each start to the next end, the mark-up included."""
    lower, pieces, place = text.lower(), [], 0
    while (first := lower.find(start, place)) >= 0 and (last := lower.find(end, first)) >= 0:
        pieces.append(text[place:first])
        place = lower.find(">", last) + 1 or len(text)
    return " ".join([*pieces, text[place:]])


def _replace_tag(found: re.Match[str]) -> str:
    name = found.group(1).lower()
    if name in _BLOCKS:
        return " "
    return "" if name in _INLINE else found.group()
