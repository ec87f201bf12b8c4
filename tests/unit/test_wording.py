"""Words that no text, name or comment of the project uses, because a plainer word exists.

Whole words in any case; in names, underscores separate words.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: Each word with what to write instead.
BANNED = {
    "told": "name the actor and the action",
    "tell": "say, report, describe, notify",
    "tells": "says, reports, describes, notifies",
    "mend": "fix",
    "mends": "fixes",
    "mended": "fixed",
    "deed": "action",
    "deeds": "actions",
    "wish": "action, request",
    "wishes": "actions, requests",
    "anew": "again",
    "whoever": "name the actor",
    "whomever": "name the actor",
    "nobody": "no user, no operator, no worker",
    "somebody": "a user, an operator",
    "amid": "during, within",
    "unasked": "automatically",
    "so many": "that many, at most",
    "stands in": "is in, replaces",
    "by itself": "automatically",
    "lets go on": "resumes",
    "let go on": "resume",
    "hush": "silence, ignore",
    "hushed": "silenced, ignored",
    "hushing": "silencing, ignoring",
    "tidy": "clean",
    "tidied": "cleaned",
    "tidies": "cleans",
    "tidying": "cleaning",
    "bell": "notification",
    "bells": "notifications",
    "scene": "locked run",
    "scenes": "locked runs",
    "befall": "happen to",
    "befalls": "happens to",
    "thereof": "of it",
    "hitherto": "so far",
    "what it came to": "its result",
    "is gone": "is deleted, is not installed",
    "are gone": "are deleted, are not installed",
    "is over": "has finished",
    "are over": "have finished",
    "has begun": "has started",
    "have begun": "have started",
}
#: Lines that may keep a banned word, by file and text.
EXCEPTIONS = {
    ("pyproject.toml", "[tool.ruff.lint.flake8-tidy-imports]"): "the name of ruff's plugin",
}
SUFFIXES = {".py", ".md", ".html", ".js", ".css", ".toml", ".txt", ".json", ".yml", ".yaml"}
_ANY = "|".join(word.replace(" ", r"[\s_]+") for word in sorted(BANNED, key=len, reverse=True))
PATTERN = re.compile(rf"(?<![A-Za-z])({_ANY})(?![A-Za-z])", re.IGNORECASE)


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in SUFFIXES and path.exists() and path != Path(__file__)]


def hits_in(name: str, text: str) -> list[str]:
    hits = []
    for number, line in enumerate(text.splitlines(), start=1):
        for found in PATTERN.finditer(line):
            word = re.sub(r"[\s_]+", " ", found[1].lower())
            if (name, line.strip()) not in EXCEPTIONS:
                hits.append(f"{name}:{number}: {found[1]!r}: write {BANNED[word]}")
    return hits


def test_no_file_uses_a_banned_word() -> None:
    hits = [
        hit
        for path in files()
        for hit in hits_in(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert not hits, "\n".join(hits)


@pytest.mark.parametrize(
    "line",
    [
        "The operator is told.",
        "def tell_support()",
        "# by itself",
        "test_the_run_is_over",
        "TIDY = 1",
        "Anew.",
    ],
)
def test_banned_words_are_found_in_texts_and_names(line: str) -> None:
    assert len(hits_in("a.py", line)) == 1


@pytest.mark.parametrize("line", ["intellect", "bellows", "wishful", "foretold", "toldo", "this over that"])
def test_other_words_are_not_found(line: str) -> None:
    assert hits_in("a.py", line) == []
