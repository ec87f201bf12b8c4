"""A page of the documentation as a list of what a reader does: run commands, write files, act by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(r"^```(sh|python|text)\n(.*?)^```$|^<!-- test: ([^>\n]+) -->$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Commands:
    """Lines for the shell, and what they print. An ellipsis stands for any text in its line."""

    lines: str
    output: str = ""

    def is_printed(self, text: str) -> bool:
        """Return whether the text has the expected lines, in their order. Other lines may be between them."""
        given = iter(" ".join(line.split()) for line in text.splitlines())
        expected = [" ".join(line.split()) for line in self.output.splitlines() if line.strip()]
        patterns = [".*".join(re.escape(part) for part in line.split("…")) for line in expected]
        return all(any(re.fullmatch(pattern, line) for line in given) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class File:
    """Text for a file, which the first line of the block names."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Something that the page asks the reader to do, such as pressing a button."""

    what: str


def read_page(path: Path) -> list[Commands | File | ByHand]:
    """Return what the reader of the page does, in order.

    Raises:
        ValueError: a block of Python names no file, or an output follows no commands.
    """
    parts: list[Commands | File | ByHand] = []
    for language, text, by_hand in _PART.findall(path.read_text(encoding="utf-8")):
        if by_hand:
            parts.append(ByHand(by_hand))
        elif language == "sh":
            parts.append(Commands(text))
        elif language == "text":
            before = parts.pop()
            if not isinstance(before, Commands) or before.output:
                raise ValueError(f"an output without commands: {text}")
            parts.append(Commands(before.lines, text))
        else:
            first, _, rest = text.partition("\n")
            if not first.startswith("# "):
                raise ValueError(f"which file is this? {text}")
            parts.append(File(first.removeprefix("# "), rest))
    return parts
