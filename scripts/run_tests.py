"""Run all tests on PostgreSQL and report their coverage; then, on the others, the tests that use a database.

Tests in a browser run on PostgreSQL only: the same views and commands are tested without one on all of them.
Those of the tutorial and of the wheel run once, because they make projects of their own.
Arguments go to pytest; then, each database gets the same tests, and no coverage is measured. MariaDB takes
part if ``SQUID_MESH_TEST_MARIADB`` names a server.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = ROOT / ".cache" / "coverage"


def main(arguments: list[str]) -> int:
    """Return the exit code: 0 if the tests passed on every database."""
    os.chdir(ROOT)
    COVERAGE.mkdir(parents=True, exist_ok=True)
    for old in COVERAGE.iterdir():
        old.unlink()

    first, *others = databases()
    failed = []
    if run_suite(first, arguments, covered=not arguments):
        failed.append(first)
    failed += [
        name for name in others if run_suite(name, arguments or tests_with_a_database(), covered=False)
    ]
    if failed:
        print_heading(f"failed on {', '.join(failed)}")
        return 1
    return 0 if arguments else report_coverage()


def tests_with_a_database() -> list[str]:
    """Return pytest's arguments for them. pytest-django keeps the tests in ``tests/unit`` from a database."""
    folders = [f"tests/{name}" for name in ("integration", "property", "acceptance", "faults")]
    return [*folders, *(f"--ignore=tests/acceptance/{name}" for name in ("browser", "documentation"))]


def databases() -> list[str]:
    """Return the databases of this run, the main one first."""
    chosen = ["postgres", "sqlite"]
    if os.environ.get("SQUID_MESH_TEST_MARIADB"):
        return [*chosen, "mariadb"]
    print_heading("mariadb skipped: SQUID_MESH_TEST_MARIADB names no server")
    return chosen


def run_suite(database: str, arguments: list[str], *, covered: bool) -> int:
    """Run pytest and return its exit code.

    Coverage measures pytest from outside: each process leaves a file named after the database, and one that
    was killed while it wrote spoils its own file only.
    """
    print_heading(f"the suite on {database}")
    environment = os.environ | {"SQUID_MESH_TEST_DB": database, "COVERAGE_FILE": str(COVERAGE / database)}
    runner = ["coverage", "run", "-m", "pytest"] if covered else ["pytest"]
    command = [sys.executable, "-m", *runner, "--numprocesses=logical", "--maxprocesses=4", *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def report_coverage() -> int:
    """Return coverage's exit code, which is not 0 below the threshold in ``pyproject.toml``."""
    print_heading("coverage of the suite on PostgreSQL")
    environment = os.environ | {"COVERAGE_FILE": str(COVERAGE / "all")}
    files = [str(path) for path in sorted(COVERAGE.iterdir())]
    for arguments in (["combine", "--quiet", *files], ["report"]):
        code = subprocess.run(
            [sys.executable, "-m", "coverage", *arguments], env=environment, check=False
        ).returncode
        if code:
            return code
    return 0


def print_heading(text: str) -> None:
    """Print a heading between the outputs of the tools."""
    print(f"\n=== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
