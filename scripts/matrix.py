"""Run the tests on every supported pair of Python and Django, each in its own environment.

A missing interpreter is a failure, unless ``MATRIX_SKIP_MISSING=1``. Interpreters are searched on the
path, in pyenv's folder and with uv; ``MATRIX_PYTHON_3_12=/path/to/python`` names one. Arguments go to pytest.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".cache" / "matrix"


@dataclass(frozen=True, slots=True)
class Cell:
    """One pair of minor versions."""

    python: str
    django: str

    def __str__(self) -> str:
        return f"Python {self.python} with Django {self.django}"

    @property
    def folder(self) -> Path:
        """Return the folder of its environment."""
        return ENVIRONMENTS / f"python{self.python}-django{self.django}"

    @property
    def requirement(self) -> str:
        """Return pip's requirement for the newest release of that Django."""
        return f"django~={self.django}.0"


CELLS = (Cell("3.11", "5.2"), Cell("3.12", "6.0"), Cell("3.13", "6.1"))


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if the tests passed on every cell."""
    os.chdir(ROOT)
    interpreters = {cell: find_interpreter(cell.python) for cell in CELLS}
    results = {cell: run_cell(cell, found, arguments) for cell, found in interpreters.items()}

    print("\n=== matrix", flush=True)
    for cell, result in results.items():
        print(f"{cell}: {result}")
    accepted = {"passed", "skipped"} if os.environ.get("MATRIX_SKIP_MISSING") == "1" else {"passed"}
    return 0 if set(results.values()) <= accepted else 1


def run_cell(cell: Cell, interpreter: str | None, arguments: list[str]) -> str:
    """Return ``passed``, ``failed``, ``not installed``, or ``skipped`` without an interpreter."""
    print(f"\n=== {cell}", flush=True)
    if interpreter is None:
        variable = f"MATRIX_PYTHON_{cell.python.replace('.', '_')}"
        print(f"No Python {cell.python} was found.")
        print(f"Name one in {variable}, or leave it out with MATRIX_SKIP_MISSING=1.")
        return "skipped"
    if not make_environment(cell, interpreter):
        return "not installed"
    # With arguments of its own for pytest, the runner leaves coverage out: `make test` measures it.
    command = [str(cell.folder / "bin" / "python"), "scripts/run_tests.py", *(arguments or ["tests"])]
    return "failed" if run(command) else "passed"


def make_environment(cell: Cell, interpreter: str) -> bool:
    """Create the cell's environment, unless it was created from the same ``pyproject.toml``."""
    stamp = cell.folder / "stamp"
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    pip = [str(cell.folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    made = (
        not run([interpreter, "-m", "venv", "--clear", str(cell.folder)])
        and not run([*pip, "install", "--upgrade", "pip>=25.1"])
        and not run([*pip, "install", "-e", ".", cell.requirement, "--group", "test"])
    )
    if made:
        stamp.write_text(wanted)
    return made


def find_interpreter(version: str) -> str | None:
    """Return a command that runs that version of Python; its name alone proves nothing."""
    return next((found for found in candidates(version) if runs(found, version)), None)


def candidates(version: str) -> Iterator[str]:
    """Yield commands that may run that Python, the most likely first."""
    if named := os.environ.get(f"MATRIX_PYTHON_{version.replace('.', '_')}"):
        yield named
    yield sys.executable
    yield f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from (str(path) for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python")))
    if shutil.which("uv"):
        found = subprocess.run(
            ["uv", "python", "find", "--no-python-downloads", version],  # noqa: S607 - uv is found by name
            capture_output=True,
            text=True,
            check=False,
        )
        yield found.stdout.strip()


def runs(command: str, version: str) -> bool:
    """Return whether the command starts and is that version."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


def run(command: list[str]) -> int:
    """Run the command with its output on the terminal, and return its exit code."""
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
