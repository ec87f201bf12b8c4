"""Celery with a prefork pool of two on Redis: chains and chords. Nothing is written to a database."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

import redis
from celery import Signature, chain, group

from benchmarks.systems.on_celery import tasks
from benchmarks.systems.system import Place, System, Unmeasured
from benchmarks.workloads import BRANCHES, Shape

READY_SECONDS = 30.0


class CeleryRedis(System):
    """One worker with a prefork pool; a run is complete when its last task's result is in Redis."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._prefix = f"benchmarks:{uuid4()}:"
        self._store = redis.Redis.from_url(place.redis)
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        try:
            self._store.ping()
        except redis.RedisError as error:
            raise Unmeasured(f"skipped: no Redis answers at {self.place.redis} ({error})") from error
        tasks.connect(self.place.redis, self._prefix)
        variables = {tasks.URL_VARIABLE: self.place.redis, tasks.PREFIX_VARIABLE: self._prefix}
        celery = [sys.executable, "-m", "celery", "--app", "benchmarks.systems.on_celery.tasks"]
        pool = ["--pool", "prefork", "--concurrency", str(self.place.workers), "--loglevel", "WARNING"]
        self._worker = subprocess.Popen([*celery, "worker", *pool], env=os.environ | variables)
        self._wait_until_ready()

    def stop(self) -> None:
        if self._worker:
            self._worker.send_signal(signal.SIGTERM)
            try:
                self._worker.wait(10)
            except subprocess.TimeoutExpired:
                self._worker.kill()
        for key in self._store.scan_iter(f"{self._prefix}*", count=1000):
            self._store.delete(key)
        self._store.close()

    def submit(self, shape: Shape, runs: int) -> Sequence[str]:
        return [self._canvas(shape).apply_async().id for _ in range(runs)]

    def _canvas(self, shape: Shape) -> Signature:
        """A new canvas for each run: applied twice, one canvas gives both runs the same task ids."""
        step = tasks.no_op.si
        if shape is Shape.CHAIN:
            return chain(*(step() for _ in range(shape.steps)))
        return chain(step(), group(step() for _ in range(BRANCHES)), step())

    def finished(self, ids: Sequence[str]) -> int:
        return int(self._store.exists(*(self._key(task_id) for task_id in ids)))

    def completion_times(self, ids: Sequence[str]) -> list[float]:
        results = self._store.mget([self._key(task_id) for task_id in ids])
        return [
            datetime.fromisoformat(json.loads(result or b"")["date_done"]).timestamp() for result in results
        ]

    def _key(self, task_id: str) -> str:
        return f"{self._prefix}celery-task-meta-{task_id}"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        ids = self.submit(Shape.CHAIN, 1)
        while not self.finished(ids):
            if time.monotonic() > deadline:
                raise Unmeasured(f"the Celery worker did nothing in {READY_SECONDS:.0f} s")
            time.sleep(0.05)


SYSTEM = CeleryRedis
