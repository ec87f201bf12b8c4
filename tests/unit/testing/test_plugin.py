"""The pytest plugin: it registers itself, and imports nothing of Django before the project does."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def test_installing_the_package_registers_the_plugin() -> None:
    [entry] = [found for found in entry_points(group="pytest11") if found.name == "squid_mesh_kit"]
    assert entry.value == "squid_mesh.pytest_plugin"


def test_this_session_has_the_plugin(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("squid_mesh_kit")


def run_pytest(folder: Path, *arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        command, cwd=folder, env=kept | environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_project_without_django_can_have_it_installed(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "EARLY = sorted(name for name in sys.modules if name.split('.')[0] in ('django', 'django_q'))\n"
        "def pytest_report_header(config):\n"
        "    assert config.pluginmanager.has_plugin('squid_mesh_kit')\n"
        "    return f'imported early: {EARLY}'\n"
    )
    (tmp_path / "test_one.py").write_text(
        "import sys\ndef test_one():\n    assert 'django' not in sys.modules\n"
    )
    shown = run_pytest(tmp_path, "-v", "-p", "no:django", "-p", "no:xdist")
    assert "imported early: []" in shown
    assert "1 passed" in shown


def test_the_plugin_module_imports_nothing_of_django() -> None:
    code = (
        "import sys, squid_mesh.pytest_plugin\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in ('django', 'django_q')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not loaded.stdout.split()
