"""The Python reference has an entry for every public name, and shows every field of the values."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal

import squid_mesh
from docs._ext.entries import find_comment, list_fields, public_names, render
from squid_mesh import api, exceptions, signals
from squid_mesh.testing import errors as testing_errors

ROOT = Path(__file__).resolve().parents[2]
DIRECTIVE = re.compile(r"^```\{public-names\} (\S+)\n(.*?)```", re.MULTILINE | re.DOTALL)
#: Every package from which users import names, with these names.
PUBLIC = ("squid_mesh", "squid_mesh.api", "squid_mesh.tools", "squid_mesh.tools.http", "squid_mesh.testing")


def read_entries(page: Path) -> str:
    """Return the entries that the directives of a page produce."""
    lines: list[str] = []
    for module, body in DIRECTIVE.findall(page.read_text(encoding="utf-8")):
        options = dict(re.findall(r"^:([\w-]+): ?(.*)$", body, re.MULTILINE))
        names = re.sub(r"^:.*$", "", body, flags=re.MULTILINE).split()
        lines += render(module, names, shown_in=options.get("shown-in", ""), brief="brief" in options)
    return "\n".join(lines)


ENTRIES = "\n".join(read_entries(page) for page in sorted((ROOT / "docs" / "reference").glob("*.md")))
DOCUMENTED = re.findall(r"^\.\. [\w:]+:: ([\w.]+)", ENTRIES, re.MULTILINE)


@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_has_an_entry(module: str) -> None:
    expected = {f"{module}.{name}" for name in public_names(module)}
    assert expected <= set(DOCUMENTED), expected - set(DOCUMENTED)


def test_no_name_has_two_entries() -> None:
    assert len(DOCUMENTED) == len(set(DOCUMENTED)) > 200


def test_every_error_has_an_entry_with_its_code() -> None:
    errors = [
        value
        for value in (*vars(exceptions).values(), *vars(testing_errors).values())
        if isinstance(value, type) and issubclass(value, exceptions.SquidMeshError)
    ]
    for error in errors:
        found = re.search(
            rf"^\.\. autoexception:: \S+\.{error.__name__}\n(.*?)^\.\. ", ENTRIES + "\n.. ", re.M | re.S
        )
        assert found, error.__name__
        assert f"Code: ``{error.code}``" in found[1]


def test_every_signal_has_an_entry() -> None:
    sent = {
        f"squid_mesh.signals.{name}" for name, value in vars(signals).items() if isinstance(value, Signal)
    }
    assert len(sent) > 1
    assert sent <= set(DOCUMENTED)


VALUES = sorted(name for name in api.__all__ if list_fields(getattr(api, name)))


@pytest.mark.parametrize("name", VALUES)
def test_every_field_of_a_value_is_shown_with_its_type(name: str) -> None:
    entry = ENTRIES.partition(f".. autoclass:: squid_mesh.api.{name}\n")[2].partition("\n.. auto")[0]
    value: Any = getattr(api, name)
    declared = getattr(value, "model_fields", None) or value.__dataclass_fields__
    assert re.findall(r"^   +\* - ``(\w+)``\n +- ``.+``\n +- .+$", entry, re.MULTILINE) == list(declared)


def test_an_inherited_field_and_a_default_are_shown() -> None:
    fields = {field.name: field for field in list_fields(api.StartedRun)}
    assert (fields["id"].type, fields["id"].default) == ("UUID", "required")
    assert (fields["existed"].type, fields["existed"].default) == ("bool", "False")


def test_an_unknown_name_and_a_constant_without_a_comment_are_errors() -> None:
    with pytest.raises(LookupError, match="nothing"):
        public_names("squid_mesh", ["nothing"])
    with pytest.raises(LookupError, match="__all__"):
        public_names("squid_mesh.signals")
    with pytest.raises(LookupError, match="no #: comment"):
        find_comment("__doc__", squid_mesh.__doc__)


def test_every_public_name_can_be_imported() -> None:
    for path in DOCUMENTED:
        module, _, name = path.rpartition(".")
        assert hasattr(import_module(module), name), path
