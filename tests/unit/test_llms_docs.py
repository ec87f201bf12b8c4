"""docs/llms.txt has the form of llmstxt.org, its links lead to files, and no page is left out."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "llms.txt").read_text(encoding="utf-8")
LINKS = re.findall(r"^- \[[^\]]+\]\(([^)]+)\)(?:: \S.*)?$", TEXT, re.MULTILINE)
#: Pages of which another one in the list is the index.
PARTS = ("decisions/", "index.md")


def test_it_has_a_title_a_summary_and_sections_of_links() -> None:
    title, _, summary, *rest = TEXT.splitlines()
    assert re.match(r"# \w", title)
    assert re.match(r"> \w", summary)
    sections = [line for line in rest if line.startswith("#")]
    assert sections
    assert all(line.startswith("## ") for line in sections)
    below = "\n".join(rest).partition("\n## ")[2]
    assert all(line.startswith(("- [", "## ")) for line in below.splitlines()[1:] if line.strip())


def test_each_link_leads_to_a_file() -> None:
    assert len(LINKS) > 30
    assert not [link for link in LINKS if not (DOCS / link).is_file()]


def test_each_page_is_in_the_list() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert {page for page in pages if not page.startswith(PARTS) and not page.endswith(PARTS)} <= set(LINKS)


def test_a_title_is_that_of_its_page() -> None:
    for title, link in re.findall(r"^- \[([^\]]+)\]\(([^)]+\.md)\)", TEXT, re.MULTILINE):
        first = (DOCS / link).read_text(encoding="utf-8").splitlines()[0]
        assert first.removeprefix("# ").replace("`", "") == title
