"""Run the tests of each mutant in a forked process, so that the libraries are imported only once.

The parent imports what the tests import, except for the package and its tests. A fork imports the package
with the mutated module, opens its own copy of a migrated SQLite database, and calls pytest.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from scripts.mutants.mutator import Mutant
from scripts.mutants.selection import ROOT

_PRELOADED: Final = (
    *("pytest", "hypothesis", "hypothesis.strategies", "pydantic", "coverage", "requests", "croniter"),
    *("django", "django.db.models", "django.test", "django.template", "django.forms", "django.core.checks"),
    *("django.core.management", "django.views.debug", "django.db.backends.sqlite3.base", "asgiref.sync"),
    *("pytest_django.plugin", "xdist.plugin", "pytest_timeout", "_pytest.assertion.rewrite", "grimp"),
    *("opentelemetry.sdk.trace", "prometheus_client", "xml.etree.ElementTree", "http.server", "sqlite3"),
)


@dataclass
class Job:
    """A mutant (None: the unchanged code) with its tests. ``verdict``: killed, timeout or survived."""

    mutant: Mutant | None
    tests: Sequence[str]
    rest: Sequence[str] = ()
    limit: float = 600.0
    verdict: str = ""
    seconds: float = 0.0
    output: str = ""
    started: float = field(default=0.0, repr=False)


def preload() -> None:
    """Import the libraries in this process."""
    for name in _PRELOADED:
        with suppress(ImportError):
            importlib.import_module(name)


def run_all(jobs: Iterable[Job], processes: int, report: Callable[[Job], None]) -> None:
    """Run every job, at most ``processes`` at a time, and report each when it ends."""
    waiting = list(reversed(list(jobs)))
    running: dict[int, tuple[Job, Path]] = {}
    with tempfile.TemporaryDirectory(prefix="squid-mesh-mutants-") as folder:
        template = _template(Path(folder))
        while waiting or running:
            while waiting and len(running) < processes:
                job, own = waiting.pop(), Path(tempfile.mkdtemp(dir=folder)) / "own"
                shutil.copytree(template, own)
                running[_fork(job, own)] = (job, own)
            for pid, (job, own) in list(running.items()):
                if _has_ended(pid, job):
                    del running[pid]
                    job.output = (own / "output").read_text(errors="replace")
                    shutil.rmtree(own)
                    if job.verdict == "survived" and job.rest:
                        waiting.append(replace(job, tests=job.rest, rest=(), verdict=""))
                    else:
                        report(job)
            time.sleep(0.02)


def _template(folder: Path) -> Path:
    """Return a folder with a migrated database, made by a test that needs one."""
    template = folder / "template"
    template.mkdir()
    job = Job(None, ["tests/property/test_operations.py::test_the_comparison_can_fail"])
    pid = _fork(job, template)
    while not _has_ended(pid, job):
        time.sleep(0.1)
    if job.verdict != "survived":
        sys.exit((template / "output").read_text(errors="replace"))
    return template


def _fork(job: Job, folder: Path) -> int:
    job.started = time.monotonic()
    pid = os.fork()
    if pid:
        return pid
    try:
        code = _child(job, folder)
    except BaseException:  # noqa: BLE001 - whatever a mutant raises, the fork ends here
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)


def _child(job: Job, folder: Path) -> int:
    os.setsid()
    output = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ |= {"SQUID_MESH_TEST_FOLDER": str(folder), "SQUID_MESH_TEST_DB": "sqlite", "CI": "1"}
    os.environ.pop("SQUID_MESH_TEST_DATABASE_NAME", None)
    if job.mutant is not None:
        sys.meta_path.insert(0, _Finder(job.mutant))
    import pytest  # noqa: PLC0415 - imported by the parent; this only names it

    ignored = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"
    quiet = ["-W", ignored, "-q", "-x", "--no-header", "--tb=short", "-p", "no:cacheprovider", "--reuse-db"]
    return int(pytest.main([*quiet, *job.tests]))


def _has_ended(pid: int, job: Job) -> bool:
    """Whether the fork has ended; then the job has its verdict. A fork over its time is killed."""
    job.seconds = time.monotonic() - job.started
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        if job.seconds <= job.limit:
            return False
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        job.verdict = "timeout"
        return True
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what the tests may have left behind
    job.verdict = "survived" if status == 0 else "killed"
    return True


class _Finder(MetaPathFinder):
    """Finds the mutated module, and no other."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        parts = mutant.path.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the module's spec, with a loader that compiles the mutant."""
        if name != self._name:
            return None
        loader = _Loader(name, str(self._mutant.path), self._mutant)
        return importlib.util.spec_from_file_location(name, self._mutant.path, loader=loader)


class _Loader(SourceFileLoader):
    """Compiles the mutated source, and never reads or writes a cached one."""

    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self._mutant = mutant

    def get_code(self, fullname: str) -> CodeType:
        """Return the mutant's code."""
        source = self._mutant.source(self._mutant.path.read_bytes())
        return compile(source, str(self._mutant.path), "exec", dont_inherit=True)
