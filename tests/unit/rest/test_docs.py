"""The tables of ``docs/rest.md`` have what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from squid_mesh.exceptions import NotFound, SquidMeshError
from squid_mesh.rest.base.errors import FRAMEWORK_CODES, STATUSES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "rest.md").read_text(encoding="utf-8")


def below(kind: type[SquidMeshError]) -> set[type[SquidMeshError]]:
    return {kind}.union(*(below(child) for child in kind.__subclasses__()))


def test_each_error_is_in_the_table_with_its_status() -> None:
    expected: dict[int, set[str]] = {int(status): {code} for status, code in FRAMEWORK_CODES.items()}
    for kind in below(SquidMeshError):
        status = next((STATUSES[base] for base in kind.__mro__ if base in STATUSES), None)
        if status is not None and kind is not NotFound:
            expected.setdefault(int(status), set()).add(kind.code)
    rows = re.findall(r"^\| (\d{3}) \| (.*) \|$", PAGE, re.MULTILINE)
    listed = {int(status): set(re.findall(r"`([a-z]+_[a-z_]+|throttled)`", codes)) for status, codes in rows}
    assert listed == expected
