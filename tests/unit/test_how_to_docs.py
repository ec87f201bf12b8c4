"""Each how-to guide answers one question with code that the tests of the recipes run."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "how-to"
GUIDES = sorted(path for path in FOLDER.glob("*.md") if path.name != "index.md")
RECIPES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "recipes").glob("*.py")}

each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)


def is_tested(block: str) -> bool:
    """Return whether a recipe or its test contains the block, at any indentation."""
    return any(
        f"\n{textwrap.indent(block, spaces)}" in code
        for code in RECIPES.values()
        for spaces in ("", "    ", "        ")
    )


@each_guide
def test_its_python_is_in_a_recipe_as_it_is(guide: Path) -> None:
    for block in re.findall(r"^```python\n(.*?)^```", guide.read_text(encoding="utf-8"), re.M | re.S):
        assert is_tested(block), f"no file in tests/recipes contains:\n{block}"


def test_code_that_no_recipe_has_is_found() -> None:
    assert is_tested('api.reject_run(run.id, actor=manager, comment="We have chairs.")\n')
    assert not is_tested('api.reject_run(run.id, actor=manager, comment="We have no chairs.")\n')


@each_guide
def test_it_answers_one_question_and_is_in_the_index(guide: Path) -> None:
    title = guide.read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"# [^?]+\?", title), title
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert f"]({guide.name})" in index


def test_each_recipe_belongs_to_a_guide() -> None:
    shared = {"__init__", "conftest", "partners"}
    names = {path.stem for path in RECIPES if not path.stem.startswith("test_")} - shared
    assert {name.replace("_", "-") for name in names} <= {guide.stem for guide in GUIDES}


def test_each_metric_in_an_alert_exists() -> None:
    used = set(re.findall(r"squid_mesh_\w+", (FOLDER / "monitoring.md").read_text(encoding="utf-8")))
    known = set(re.findall(r"squid_mesh_\w+", (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")))
    assert len(used) > 4
    assert used <= known
