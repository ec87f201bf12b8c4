"""What is published of explanations is what they are: the JSON schema, and a line on each reason."""

from __future__ import annotations

import json
import re
from pathlib import Path

from squid_mesh import api

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_published_schema_is_that_of_explanations() -> None:
    published = json.loads((DOCS / "explanation.schema.json").read_text())
    assert published == api.read_explanation_schema(), "run: python scripts/explanation_schema.py"
    assert set(published["$defs"]["Reason"]["enum"]) == set(api.Reason)


def test_each_reason_has_its_line_and_no_line_is_on_another() -> None:
    page = (DOCS / "explaining.md").read_text()
    table = page.partition("## Reasons")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [reason.value for reason in api.Reason]
