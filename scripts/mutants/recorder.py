"""Pytest plugin: records which tests execute which lines, and how long each passing test takes.

``SQUID_MESH_MUTANTS_RECORD`` names the folder for the records; each worker of pytest-xdist writes its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest

_FOLDER = Path(os.environ["SQUID_MESH_MUTANTS_RECORD"])
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_seconds: dict[str, float] = {}
_failed: set[str] = set()
#: Started on import, before the package is imported: module-level lines belong to no test.
_coverage = coverage.Coverage(
    data_file=str(_FOLDER / f"coverage.{_WORKER}"),
    config_file=False,
    source_pkgs=["squid_mesh"],
    concurrency=["thread"],
)
_coverage.start()
_PROCESS = os.getpid()
os.register_at_fork(after_in_child=_coverage.stop)


def _switch(context: str) -> None:
    if os.getpid() == _PROCESS:  # a forked child that leaves its test must not write to the parent's data
        _coverage.switch_context(context)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Record the lines that the test executes under its node id."""
    _switch(item.nodeid)
    try:
        return (yield)
    finally:
        _switch("")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up how long the test takes; a test that doesn't pass can't notice a mutant."""
    _seconds[report.nodeid] = _seconds.get(report.nodeid, 0.0) + report.duration
    if report.outcome != "passed":
        _failed.add(report.nodeid)


def pytest_sessionfinish() -> None:
    """Write the records."""
    if os.getpid() != _PROCESS:
        return
    _coverage.stop()
    _coverage.save()
    passed = {test: seconds for test, seconds in _seconds.items() if test not in _failed}
    (_FOLDER / f"seconds.{_WORKER}.json").write_text(json.dumps(passed))
