"""Which tests can notice a mutant: those that execute its lines, by one recorded run of the tests."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import coverage

from scripts.mutants.mutator import Mutant

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / ".cache" / "mutants"
TESTS: Final = ("tests/unit", "tests/integration", "tests/property")
#: At most this many tests run for a mutant.
MOST: Final = 40
#: Of these, the slow ones: property tests notice much, and run last.
SLOW: Final = 4
SLOW_SECONDS: Final = 2.0


@dataclass(frozen=True)
class Record:
    """The tests that execute each line of each file, and the seconds that each test takes."""

    tests: dict[str, dict[int, list[str]]]
    seconds: dict[str, float]

    def select(self, mutant: Mutant) -> list[str]:
        """Return the tests to run for the mutant, the fastest first."""
        file = str(mutant.path.relative_to(ROOT))
        lines = self.tests.get(file, {})
        found = {test for line in range(mutant.line, mutant.last_line + 1) for test in lines.get(line, ())}
        if not found:  # a line that runs on import: every test of the module, or of its package
            found = _all_of(lines) or {
                test
                for other, tested in self.tests.items()
                if Path(other).parent == Path(file).parent
                for test in _all_of(tested)
            }
        found |= {test for test in self.seconds if _is_mirror(test, mutant)}
        known = sorted((test for test in found if test in self.seconds), key=lambda test: self.seconds[test])
        slow = [test for test in known if self.seconds[test] >= SLOW_SECONDS]
        fast = [test for test in known if test not in slow]
        chosen = [test for test in fast if _is_mirror(test, mutant)][: MOST // 2]
        chosen += self._spread(
            [test for test in fast if test not in chosen], mutant, MOST - SLOW - len(chosen)
        )
        return sorted(chosen, key=lambda test: self.seconds[test]) + slow[:SLOW]

    def _spread(self, tests: list[str], mutant: Mutant, most: int) -> list[str]:
        """Return the fastest tests of every file in turn; files that name what is mutated come first."""
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in tests:
            by_file[test.partition("::")[0]].append(test)
        files = sorted(by_file, key=lambda file: -sum(word in _text(file) for word in mutant.words))
        chosen: list[str] = []
        while files and len(chosen) < most:
            for file in list(files):
                chosen.append(by_file[file].pop(0))
                if not by_file[file]:
                    files.remove(file)
        return chosen[:most]


def _all_of(lines: dict[int, list[str]]) -> set[str]:
    return {test for tests in lines.values() for test in tests}


def _is_mirror(test: str, mutant: Mutant) -> bool:
    """Return whether the test's file is that of the mutated module, by its name."""
    return Path(test.partition("::")[0]).stem == f"test_{mutant.path.stem}"


@cache
def _text(file: str) -> str:
    return (ROOT / file).read_text()


def read_record() -> Record:
    """Return the record of this state of the code; run the tests first if there is none."""
    folder = CACHE / _state()
    if not (folder / "complete").exists():
        _record(folder)
    seconds: dict[str, float] = {}
    tests: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in folder.glob("seconds.*.json"):
        seconds |= json.loads(path.read_text())
    for path in folder.glob("coverage.*"):
        data = coverage.CoverageData(str(path))
        data.read()
        for file in data.measured_files():
            own = tests[str(Path(file).relative_to(ROOT))]
            for line, contexts in data.contexts_by_lineno(file).items():
                own[line] |= set(contexts) - {""}
    return Record({f: {n: sorted(t) for n, t in lines.items() if t} for f, lines in tests.items()}, seconds)


def _record(folder: Path) -> None:
    print("Recording which tests execute which lines (once per state of the code) …", flush=True)
    if CACHE.exists():
        shutil.rmtree(CACHE)
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "pytest", *TESTS, "-q", "-p", "scripts.mutants.recorder", "-n", "2"]
    environment = os.environ | {
        "SQUID_MESH_MUTANTS_RECORD": str(folder),
        "SQUID_MESH_TEST_DB": "sqlite",
        "CI": "1",  # the same generated cases every time
    }
    done = subprocess.run(
        [*command, "--timeout=600"], env=environment, cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode not in (0, 1):
        sys.exit(f"The tests can't run:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    if done.returncode:
        print("Some tests fail; they are left out.\n" + done.stdout[-1500:], flush=True)
    (folder / "complete").touch()


def _state() -> str:
    digest = hashlib.sha256()
    for root in ("squid_mesh", "tests"):
        for path in sorted((ROOT / root).rglob("*.py")):
            digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()[:16]
