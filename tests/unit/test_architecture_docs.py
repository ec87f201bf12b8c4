"""The architecture page names modules, functions, classes and files that exist."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = {
    path.stem
    for path in (ROOT / "squid_mesh").iterdir()
    if (path.suffix == ".py" or (path / "__init__.py").exists()) and not path.name.startswith("_")
}

#: Inline code outside of blocks, such as ``engine.start.start`` or ``docs/running.md``.
CODE = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL))
NAMES = sorted({text for text in CODE if text.partition(".")[0] in PACKAGES and "/" not in text})
FILES = sorted({text for text in CODE if "/" in text})


def resolve(name: str) -> Any:
    """Return the module, or the attribute of a module, with that dotted name below ``squid_mesh``."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        path = ".".join(["squid_mesh", *parts[:end]])
        try:
            found = import_module(path)
        except ModuleNotFoundError as error:
            if error.name != path and not path.startswith(f"{error.name}."):
                raise
            continue
        for part in parts[end:]:
            found = getattr(found, part)
        return found
    raise AttributeError(name)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_on_the_page_exists(name: str) -> None:
    assert resolve(name) is not None


@pytest.mark.parametrize("file", FILES)
def test_each_file_on_the_page_exists(file: str) -> None:
    assert (ROOT / file).exists()


def test_each_dotted_name_on_the_page_is_checked() -> None:
    dotted = {text for text in CODE if re.fullmatch(r"[a-z_]+(\.\w+)+", text)}
    assert dotted <= {*NAMES, *FILES}
    assert len(NAMES) > 30


def test_a_wrong_name_is_found() -> None:
    with pytest.raises(AttributeError):
        resolve("engine.start.begin_nothing")
    with pytest.raises(AttributeError):
        resolve("enginee.start")


def test_each_package_is_in_the_picture() -> None:
    picture = PAGE.split("```")[1]
    missing = [name for name in PACKAGES - {"migrations"} if not re.search(rf"\b{name}\b", picture)]
    assert not missing, f"docs/architecture.md doesn't show {missing}"
