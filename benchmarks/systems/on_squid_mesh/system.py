"""Squid Mesh in a real django-q2 cluster; this process starts runs by its API and probes the run table."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module

import django
import psycopg
from django.core.management import call_command

from benchmarks.systems.on_squid_mesh import backlog, environment
from benchmarks.systems.system import Place, System, Unmeasured
from benchmarks.workloads import Shape

READY_SECONDS = 30.0
WORKFLOWS = {Shape.CHAIN: "Chain", Shape.FANOUT: "FanOut"}


class SquidMesh(System):
    """One qcluster; a run is complete when its row says so."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._cluster: subprocess.Popen[bytes] | None = None
        self._store = psycopg.connect(place.store, autocommit=True)

    def start(self) -> None:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": environment.SETTINGS,
            environment.DATABASE_VARIABLE: self.place.database,
            environment.WORKERS_VARIABLE: str(self.place.workers),
        }
        django.setup()
        call_command("migrate", verbosity=0)
        # These load models, so they can be imported only now.
        self._api = import_module("squid_mesh.api")
        self._workflows = import_module("benchmarks.systems.on_squid_mesh.workflows")
        self._cluster = subprocess.Popen([sys.executable, "-m", "django", "qcluster"])
        (first,) = self.submit(Shape.CHAIN, 1)
        self._until_finished(first)

    def stop(self) -> None:
        if self._cluster:
            self._cluster.send_signal(signal.SIGTERM)
            try:
                self._cluster.wait(10)
            except subprocess.TimeoutExpired:
                self._cluster.kill()
        self._store.close()

    def submit(self, shape: Shape, runs: int) -> Sequence[str]:
        workflow = getattr(self._workflows, WORKFLOWS[shape])
        return [str(self._api.start_run(workflow, {}).id) for _ in range(runs)]

    def finished(self, ids: Sequence[str]) -> int:
        row = self._store.execute(
            "SELECT count(*) FROM squid_mesh_run WHERE id = ANY(%s::uuid[]) AND status = 'completed'",
            [list(ids)],
        ).fetchone()
        return int(row[0]) if row else 0

    def completion_times(self, ids: Sequence[str]) -> list[float]:
        rows = self._store.execute(
            "SELECT extract(epoch FROM finished_at) FROM squid_mesh_run WHERE id = ANY(%s::uuid[])",
            [list(ids)],
        ).fetchall()
        return [float(epoch) for (epoch,) in rows]

    def fill_backlog(self, *, waiting_steps: int, finished_runs: int) -> None:
        (pattern,) = self.submit(Shape.CHAIN, 1)
        self._until_finished(pattern)
        backlog.fill(self._store, pattern=pattern, waiting_steps=waiting_steps, finished_runs=finished_runs)

    def _until_finished(self, run: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.finished([run]):
            if time.monotonic() > deadline:
                raise Unmeasured(f"the cluster did not complete one run in {READY_SECONDS:.0f} s")
            time.sleep(0.05)


SYSTEM = SquidMesh
