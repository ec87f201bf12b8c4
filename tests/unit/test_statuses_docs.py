"""docs/statuses.md lists every status, attempt outcome and audit event."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from squid_mesh.lifecycle import AttemptOutcome, EventType, RunStatus, StepStatus

DOCS = (Path(__file__).parents[2] / "docs" / "statuses.md").read_text(encoding="utf-8")


def words(section: str) -> set[str]:
    """The words in code type in that section."""
    text = DOCS.split(f"\n## {section}\n")[1].split("\n## ")[0]
    return set(re.findall(r"`([a-z_]+)`", text))


@pytest.mark.parametrize(
    ("section", "members"),
    [("Runs", RunStatus), ("Steps", StepStatus), ("Attempts", AttemptOutcome), ("Audit events", EventType)],
)
def test_every_member_is_documented(section: str, members: type[StrEnum]) -> None:
    assert set(members) <= words(section)
