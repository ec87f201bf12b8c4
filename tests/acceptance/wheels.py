"""The package as users install it: a wheel, in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path) -> Path:
    """Build the wheel in that folder, with the installed hatchling, and return its path."""
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    built = subprocess.run(
        [sys.executable, "-c", build, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return folder / built.stdout.split()[-1]


def share_packages(environment: Path) -> None:
    """Let a virtual environment import the packages of the tests' one, after its own."""
    (own,) = environment.glob("lib/python*/site-packages")
    (own / "tests.pth").write_text(sysconfig.get_path("purelib"))
