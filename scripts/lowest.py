"""Run tests with the lowest versions of the dependencies that ``pyproject.toml`` allows.

The environment is in ``.cache/lowest``. Packages that these depend on, and those of the tests, are the newest
ones. Arguments go to pytest; by default it runs the tests that need no cluster and no browser.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".cache" / "lowest"
PYTHON = ENVIRONMENT / "bin" / "python"
TESTS = ["tests/unit", "tests/integration", "tests/recipes", "tests/acceptance/test_quick_start.py"]


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if the tests passed."""
    os.chdir(ROOT)
    pins = pin_lowest(tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8")))
    print("\n".join(pins), flush=True)
    if not make_environment(pins):
        return 1
    return run([str(PYTHON), "-m", "pytest", "--numprocesses=logical", *(arguments or TESTS)])


def pin_lowest(project: dict[str, dict[str, object]]) -> list[str]:
    """Return ``name==version`` for each dependency, of the extras too.

    Raises:
        ValueError: a dependency has no lower bound.
    """
    metadata = project["project"]
    required: list[str] = list(metadata["dependencies"])  # type: ignore[call-overload]
    for extra in metadata["optional-dependencies"].values():  # type: ignore[attr-defined]
        required += extra
    pins = []
    for requirement in required:
        found = re.match(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", requirement)
        if not found:
            raise ValueError(f"no lower bound: {requirement}")
        pins.append(f"{found[1]}=={found[2]}")
    return pins


def make_environment(pins: list[str]) -> bool:
    """Create the environment, unless it was created from the same ``pyproject.toml``."""
    stamp = ENVIRONMENT / "stamp"
    wanted = hashlib.sha256(Path("pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    constraints = ENVIRONMENT / "constraints.txt"
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    if run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]):
        return False
    constraints.write_text("\n".join(pins))
    if run([*pip, "install", "--upgrade", "pip>=25.1"]) or run(
        [*pip, "install", "-e", ".[postgres]", "--group", "test", "--constraint", str(constraints)]
    ):
        return False
    stamp.write_text(wanted)
    return True


def run(command: list[str]) -> int:
    """Run the command with its output on the terminal, and return its exit code."""
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
