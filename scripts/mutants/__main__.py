"""Sample mutants of the rules, run the tests that cover them, and print the survivors.

``make mutants`` runs 400; ``SEED=`` repeats a sample, ``COUNT=`` changes its size. Exits with 1 if fewer than
90 % are killed. ``tests/mutants/equivalent.toml`` lists mutants that change nothing, which don't count.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.mutants.forks import Job, preload, run_all
from scripts.mutants.mutator import Mutant, mutants_of
from scripts.mutants.selection import ROOT, Record, read_record

EQUIVALENT: Final = ROOT / "tests" / "mutants" / "equivalent.toml"
#: The modules that decide what becomes of a run, and which definitions are valid.
TARGETS: Final = (
    "engine/settle/**/*.py",
    "graph/**/*.py",
    "lifecycle.py",
    "definitions/rules/**/*.py",
    "actions*.py",
    "actions/**/*.py",
)
THRESHOLD: Final = 0.90


def main() -> int:
    """Run the campaign and return the exit code."""
    options = _options()
    seed = options.seed if options.seed is not None else secrets.randbelow(10**6)
    os.chdir(ROOT)
    record = read_record()
    equivalent = _equivalent()
    every = [mutant for path in _targets(options.only) for mutant in mutants_of(path)]
    counted = [mutant for mutant in every if _key(mutant) not in equivalent]
    sample = random.Random(seed).sample(counted, min(options.count, len(counted)))  # noqa: S311 - no secret
    left_out = len(every) - len(counted)
    print(f"SEED={seed}: {len(sample)} of {len(counted)} mutants; {left_out} equivalent", flush=True)
    preload()
    covered = [_job(mutant, record) for mutant in sample]
    if options.control:
        _check_control(covered, options.processes)
    return _report(covered, options.processes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.mutants", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat the sample of that seed")
    parser.add_argument("--count", type=int, default=400, help="mutants to sample (default: 400)")
    parser.add_argument("--only", default="", help="only modules whose path contains this text")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--no-control", dest="control", action="store_false", help="don't run the tests unchanged first"
    )
    return parser.parse_args()


def _targets(only: str) -> Iterator[Path]:
    for pattern in TARGETS:
        for path in sorted((ROOT / "squid_mesh").glob(pattern)):
            if only in str(path):
                yield path


Key = tuple[str, str, str]


def _key(mutant: Mutant) -> Key:
    before, after = mutant.changed_lines(mutant.path.read_bytes())
    return str(mutant.path.relative_to(ROOT)), before, after


def _equivalent() -> set[Key]:
    entries = tomllib.loads(EQUIVALENT.read_text())["mutant"] if EQUIVALENT.exists() else []
    return {(entry["file"], entry["code"], entry["mutant"]) for entry in entries if entry["why"]}


def _job(mutant: Mutant, record: Record) -> Job:
    selection = record.select(mutant)
    first, rest = (selection.first, selection.rest) if selection.first else (selection.rest, [])
    # A mutant that takes much longer than its tests did loops, or waits for something that never comes.
    limit = 60 + 4 * sum(record.seconds[test] for test in (*first, *rest))
    return Job(mutant, first, rest, limit)


def _check_control(jobs: list[Job], processes: int) -> None:
    """Run the tests on the unchanged code: one that fails there would seem to kill every mutant."""
    tests = sorted({test for job in jobs for test in (*job.tests, *job.rest)})
    started = time.monotonic()
    shares = [Job(None, tests[n::processes], limit=3600) for n in range(processes)]
    run_all(shares, processes, lambda job: None)
    for job in shares:
        if job.verdict != "survived":
            sys.exit(f"The tests fail on the unchanged code ({job.verdict}):\n{job.output[-6000:]}")
    print(f"{len(tests)} tests pass on the unchanged code in {time.monotonic() - started:.0f} s", flush=True)


def _report(jobs: list[Job], processes: int) -> int:
    started, done = time.monotonic(), Counter[str]()

    def report(job: Job) -> None:
        done[job.verdict] += 1
        if job.verdict == "survived" and job.mutant is not None:
            print(f"\nSURVIVED {job.mutant.kind}", flush=True)
            name = str(job.mutant.path.relative_to(ROOT))
            print(job.mutant.diff(job.mutant.path.read_bytes(), name), flush=True)
        if done.total() % 20 == 0:
            print(f"… {done.total()} of {len(jobs)}, {done['survived']} survived", flush=True)

    for job in jobs:
        if not job.tests:
            job.verdict = "survived"
            report(job)
    run_all([job for job in jobs if job.tests], processes, report)
    killed = done["killed"] + done["timeout"]
    share = killed / max(1, len(jobs))
    print(
        f"\n{killed} of {len(jobs)} killed ({share:.1%}; {done['timeout']} by their time limit), "
        f"{done['survived']} survived, {(time.monotonic() - started) / 60:.1f} minutes"
    )
    return 0 if share >= THRESHOLD else 1


if __name__ == "__main__":
    sys.exit(main())
