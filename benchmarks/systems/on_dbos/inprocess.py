"""DBOS called in process: each of the worker processes calls its share of the workflows itself."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from uuid import uuid4

from benchmarks.systems.on_dbos.caller import serve
from benchmarks.systems.on_dbos.store import Store
from benchmarks.systems.system import Place, System
from benchmarks.workloads import Shape


class DbosInProcess(System):
    """The callers are the workers; this process only starts their calls, and reads the store."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._callers: list[tuple[BaseProcess, Connection]] = []
        self._store: Store | None = None

    def start(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        for number in range(self.place.workers):
            here, there = spawning.Pipe()
            process = spawning.Process(target=serve, args=(self.place.database, f"caller-{number}", there))
            process.start()
            self._callers.append((process, here))
            here.recv()  # Up, before the next one comes: the first one migrates.
        self._store = Store(self.place.store)

    def stop(self) -> None:
        for process, pipe in self._callers:
            if process.is_alive():
                pipe.send(None)
        for process, _ in self._callers:
            process.join(10)
        if self._store:
            self._store.close()

    def submit(self, shape: Shape, runs: int) -> Sequence[str]:
        ids = [str(uuid4()) for _ in range(runs)]
        for share, (_, pipe) in enumerate(self._callers):
            pipe.send((shape, ids[share :: len(self._callers)]))
        return ids

    def finished(self, ids: Sequence[str]) -> int:
        assert self._store
        return self._store.finished(ids)

    def completion_times(self, ids: Sequence[str]) -> list[float]:
        assert self._store
        return self._store.completion_times(ids)

    def time_one(self, shape: Shape) -> float:
        """Seconds the call takes in the caller: DBOS returns from it once its store holds the completion.

        A probe beside it would only add to that, so DBOS gets the better of the two figures.
        """
        _, pipe = self._callers[0]
        while pipe.poll():
            pipe.recv()
        pipe.send((shape, [str(uuid4())]))
        seconds = pipe.recv()
        assert isinstance(seconds, float)
        return seconds


SYSTEM = DbosInProcess
