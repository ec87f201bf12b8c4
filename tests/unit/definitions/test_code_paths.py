"""Code paths."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from squid_mesh.definitions.code_paths import CodeMissing, code_path, load_code
from tests.unit.definitions import sample_steps


@pytest.mark.parametrize(
    "obj", [sample_steps.noop, sample_steps.Reserve, sample_steps.Reserve.run, sample_steps.Busy]
)
def test_a_path_leads_back_to_its_object(obj: object) -> None:
    assert load_code(code_path(obj)) is obj


def test_a_path_contains_module_and_qualified_name() -> None:
    assert code_path(sample_steps.Reserve.run) == "tests.unit.definitions.sample_steps:Reserve.run"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no_such_package.steps:run", "there is no module 'no_such_package'"),
        ("squid_mesh.no_such_module:run", "there is no module 'squid_mesh.no_such_module'"),
        ("tests.unit.definitions.sample_steps:gone", "has no 'gone'"),
        ("tests.unit.definitions.sample_steps:Reserve.gone", "has no 'Reserve.gone'"),
        ("tests.unit.definitions.sample_steps", "a path has the form"),
        (":run", "a path has the form"),
    ],
)
def test_missing_code_is_named(path: str, reason: str) -> None:
    with pytest.raises(CodeMissing, match=reason) as caught:
        load_code(path)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("import no_such_thing", "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("from squid_mesh import no_such_name", "ImportError: cannot import name"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_whose_import_fails_is_not_reported_as_missing(
    body: str, error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "breaking_steps.py").write_text(body)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CodeMissing) as caught:
        load_code("breaking_steps:run")
    assert f"importing 'breaking_steps' raised {error}" in str(caught.value)
    assert caught.value.__cause__ is not None


def test_code_that_comes_back_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(CodeMissing):
        load_code("returning_steps:run")
    (tmp_path / "returning_steps.py").write_text("def run(): ...")
    sys.path_importer_cache.clear()
    assert load_code("returning_steps:run").__name__ == "run"
    del sys.modules["returning_steps"]
