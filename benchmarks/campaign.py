"""Measure every system with every workload, in turn and repeatedly; then count the database traffic."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from benchmarks import postgres
from benchmarks.counter import Counter, counter
from benchmarks.figures import Cell, Results
from benchmarks.options import Options
from benchmarks.quiet import QUIET_SHARE, wait_for_quiet
from benchmarks.session import Session
from benchmarks.systems import KEEPS_NO_DATABASE, TAKES_BACKLOG, Unmeasured
from benchmarks.systems.system import Place
from benchmarks.wire import Counts
from benchmarks.workloads import Workload

WORKERS = 2
REDIS = os.environ.get("BENCH_REDIS", "redis://127.0.0.1:6379/9")
TRAILING_SECONDS = 0.5  # Work that a system does after the last run belongs to its count.
BASELINE_SECONDS = 4.0


class Campaign:
    """Alternates between the systems, because the speed of a machine changes over minutes."""

    def __init__(self, options: Options, server_url: str) -> None:
        self._options = options
        self._server_url = server_url
        self.results: Results = {
            workload.name: {system: Cell() for system in options.systems} for workload in options.workloads
        }

    def run(self) -> None:
        for repetition in range(1, self._options.repetitions + 1):
            for system in self._options.systems:
                _say(f"repetition {repetition} of {self._options.repetitions}: {system}")
                self._in_session(system, counted=False)
        for system in self._options.systems:
            if system not in KEEPS_NO_DATABASE:
                _say(f"counting: {system}")
                self._in_session(system, counted=True)

    def _in_session(self, system: str, *, counted: bool) -> None:
        workloads = [workload for workload in self._options.workloads if self._can(system, workload)]
        if not workloads:
            return
        try:
            with self._session(system, counted=counted) as (session, traffic):
                for workload in workloads:
                    self._under(workload, session, traffic, self.results[workload.name][system])
        except Unmeasured as unmeasured:
            for workload in workloads:
                self.results[workload.name][system].reason = str(unmeasured)
            _say(f"  not measured: {unmeasured}")

    def _can(self, system: str, workload: Workload) -> bool:
        cell = self.results[workload.name][system]
        if workload.on_backlog and system not in TAKES_BACKLOG:
            cell.reason = "the backlog is measured for Squid Mesh alone"
        return cell.reason is None

    @contextmanager
    def _session(self, system: str, *, counted: bool) -> Iterator[tuple[Session, Counter | None]]:
        with (
            postgres.database(self._server_url, system) as store,
            counter(store) if counted else nullcontext() as traffic,
        ):
            place = Place(
                database=traffic.url if traffic else store,
                store=store,
                redis=REDIS,
                workers=WORKERS,
            )
            with Session(system, place) as session:
                yield session, traffic

    def _under(self, workload: Workload, session: Session, traffic: Counter | None, cell: Cell) -> None:
        try:
            if workload.on_backlog:
                session.fill_backlog()
            if traffic:
                cell.counts = self._count(workload, session, traffic)
                _say(f"  {workload.name:<20}{cell.counts.commits:>10.2f} commits a step")
            else:
                idle = wait_for_quiet()
                cell.begun_busy += idle is not None and idle < QUIET_SHARE
                cell.measurements.append(session.measure(workload, self._options.runs(workload)))
                share = "" if idle is None else f"   (machine {idle:.0%} idle before)"
                _say(f"  {workload.name:<20}{cell.measurements[-1].steps_per_s:>10.0f} steps/s{share}")
        except Unmeasured as unmeasured:
            cell.reason = str(unmeasured)
            _say(f"  {workload.name:<20}not measured: {unmeasured}")

    def _count(self, workload: Workload, session: Session, traffic: Counter) -> Counts:
        """Return the counts per step, less those of the idle system in the same time."""
        time.sleep(TRAILING_SECONDS)
        before, began = traffic.read(), time.monotonic()
        measured = session.measure(workload, self._options.runs(workload))
        time.sleep(TRAILING_SECONDS)
        after, ended = traffic.read(), time.monotonic()
        time.sleep(BASELINE_SECONDS)
        at_rest = (traffic.read() - after).scaled((ended - began) / (time.monotonic() - ended))
        return (after - before - at_rest).scaled(1 / measured.steps)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
