"""The pages on testing: their snippets are a project whose tests pass, their tables list the whole kit."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from squid_mesh import testing
from squid_mesh.testing import Fault, errors

ROOT = Path(__file__).resolve().parents[3]
PAGE = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("testing.md", "test-kit.md"))
SETTINGS = """
from tests.settings import *  # noqa

DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = [name for name in INSTALLED_APPS if name != "tests.host"] + ["shop"]
"""


def write_project(folder: Path) -> list[str]:
    """Write each snippet to the file that its first line names; return these names."""
    snippets = re.findall(r"^```python\n# (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (folder / "shop").mkdir()
    (folder / "shop" / "__init__.py").touch()
    (folder / "shop_settings.py").write_text(SETTINGS)
    (folder / "pytest.ini").write_text("[pytest]\npython_files = test*.py\npythonpath = .\n")
    for name, code in snippets:
        (folder / name).write_text(code)
    assert len(snippets) == PAGE.count("```python"), "a snippet names no file"
    return [name for name, _ in snippets]


def execute(folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"DJANGO_SETTINGS_MODULE": "shop_settings", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    return shown


def test_the_snippets_are_tests_that_pass(tmp_path: Path) -> None:
    names = write_project(tmp_path)
    assert len(names) == 5
    shown = execute(tmp_path, "pytest", "-q", "--no-migrations", "-p", "no:cacheprovider", "shop")
    assert f"{PAGE.count('def test_')} passed" in shown


def test_the_class_of_django_passes_with_its_own_runner(tmp_path: Path) -> None:
    write_project(tmp_path)
    assert "Ran 2 tests" in execute(tmp_path, "django", "test", "shop.tests")


def first_cells(title: str) -> set[str]:
    found = re.search(rf"^\| {title} \|.*?(?=\n\n|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"no table of {title}"
    return set(re.findall(r"^\| `(\w+)", found[0], re.MULTILINE))


def test_each_function_is_in_the_table() -> None:
    functions = {name for name in testing.__all__ if name[0].islower()}
    twins = {name for name in functions if name.startswith("a") and name[1:] in functions}
    assert first_cells("function") == functions - twins
    assert all(f"`{name}`" in PAGE for name in twins)


def test_each_function_that_waits_for_the_database_has_an_async_twin() -> None:
    managers = {"fake", "fail_at", "virtual_time"}
    plain = {name for name in first_cells("function") if name not in managers}
    assert {f"a{name}" for name in plain} <= set(testing.__all__)


def test_each_fault_is_in_the_table() -> None:
    assert first_cells("point") == {fault.value for fault in Fault}


def test_each_error_is_in_the_table() -> None:
    kinds = {kind.code for kind in errors.TestKitError.__subclasses__()}
    assert first_cells("code") == kinds
    assert all(f"`{kind.__name__}`" in PAGE for kind in errors.TestKitError.__subclasses__())
