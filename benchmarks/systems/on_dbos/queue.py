"""DBOS through its queue: this process enqueues, the worker processes poll."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from dbos import DBOSClient, EnqueueOptions

from benchmarks.systems.on_dbos.queue_worker import serve
from benchmarks.systems.on_dbos.store import Store
from benchmarks.systems.on_dbos.workflows import QUEUE
from benchmarks.systems.system import Place, System
from benchmarks.workloads import Shape

WORKFLOWS = {Shape.CHAIN: "chain", Shape.FANOUT: "queued_fanout"}


class DbosQueue(System):
    """Two worker processes that listen to one queue."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._workers: list[tuple[BaseProcess, Connection]] = []
        self._client: DBOSClient | None = None
        self._store: Store | None = None

    def start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        for number in range(self.place.workers):
            here, there = spawning.Pipe()
            process = spawning.Process(target=serve, args=(self.place.database, f"worker-{number}", there))
            process.start()
            self._workers.append((process, here))
            here.recv()  # Up, before the next one comes: the first one migrates.
        self._client = DBOSClient(system_database_url=self.place.database)
        self._store = Store(self.place.store)

    def stop(self) -> None:
        for process, pipe in self._workers:
            if process.is_alive():
                pipe.send(None)
        for process, _ in self._workers:
            process.join(10)
        if self._client:
            self._client.destroy()
        if self._store:
            self._store.close()

    def submit(self, shape: Shape, runs: int) -> Sequence[str]:
        assert self._client
        options: EnqueueOptions = {"queue_name": QUEUE, "workflow_name": WORKFLOWS[shape]}
        return [self._client.enqueue(options).get_workflow_id() for _ in range(runs)]

    def finished(self, ids: Sequence[str]) -> int:
        assert self._store
        return self._store.finished(ids)

    def completion_times(self, ids: Sequence[str]) -> list[float]:
        assert self._store
        return self._store.completion_times(ids)


SYSTEM = DbosQueue
