"""The style sheet: every text can be read, in light and in dark."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

import squid_mesh
from squid_mesh.inspection.diagram.drawing import Sign
from squid_mesh.lifecycle import StepStatus

SHEET = (Path(squid_mesh.__file__).parent / "static/squid_mesh/diagram.css").read_text()
BLOCKS = [
    dict(re.findall(r"--sqm-diagram-([a-z-]+): (#[0-9a-f]{6});", block))
    for block in re.findall(r"\{([^{}]*--sqm-diagram-paper: #[^{}]*)\}", SHEET)
]
LIGHT, SYSTEM_DARK, DARK = BLOCKS
KINDS = ("good", "bad", "busy", "wait", "person")
#: Text, and what it stands on.
PAIRS = [
    *product(("ink", "soft"), ("paper", "box")),
    *((kind, f"{kind}-box") for kind in KINDS),
    *(("ink", f"{kind}-box") for kind in KINDS),
    ("edge-error", "paper"),
    ("edge-back", "paper"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_stands_out(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("line", ["edge", "edge-taken", "edge-error", "edge-back", "focus"])
def test_lines_stand_out(theme: dict[str, str], line: str) -> None:
    assert contrast(theme[line], theme["paper"]) >= 3


def test_the_systems_dark_is_the_pages_dark() -> None:
    assert SYSTEM_DARK == DARK
    assert set(LIGHT) == set(DARK)


def test_every_colour_that_is_used_exists() -> None:
    used = set(re.findall(r"var\(--sqm-diagram-([a-z-]+)\)", SHEET))
    assert used == set(LIGHT)


@pytest.mark.parametrize("status", [s for s in StepStatus if s is not StepStatus.PENDING])
def test_every_status_has_its_look(status: StepStatus) -> None:
    assert f".sqm-status-{status.value}" in SHEET


def test_an_irreversible_step_stands_out() -> None:
    assert f".sqm-mark-{Sign.IRREVERSIBLE.value}" in SHEET
