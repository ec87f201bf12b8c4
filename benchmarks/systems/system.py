"""What a system must be able to do to be measured."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.workloads import Shape

ONE_RUN_PROBE_SECONDS = 0.002
ONE_RUN_PATIENCE_SECONDS = 30.0


class Unmeasured(Exception):
    """This system or workload cannot be measured here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a system runs. `database` is what it is given, `store` the same past the counter, for probes."""

    database: str
    store: str
    redis: str
    workers: int


class System(ABC):
    """Two worker processes of one system, and the process that submits to them and probes its store."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @abstractmethod
    def start(self) -> None:
        """Bring the workers up; raise Unmeasured where that cannot be."""

    @abstractmethod
    def stop(self) -> None:
        """End every process and connection that `start` made, also after half a start."""

    @abstractmethod
    def submit(self, shape: Shape, runs: int) -> Sequence[str]:
        """Submit that many runs, and return their IDs."""

    @abstractmethod
    def finished(self, ids: Sequence[str]) -> int:
        """How many of these runs stand as complete in the system's own store."""

    @abstractmethod
    def completion_times(self, ids: Sequence[str]) -> list[float]:
        """When each completed, by the store's own record, in seconds since the epoch."""

    def time_one(self, shape: Shape) -> float:
        """Seconds from submit until one run is seen complete in the store."""
        began = time.perf_counter()
        ids = self.submit(shape, 1)
        while not self.finished(ids):
            if time.perf_counter() - began > ONE_RUN_PATIENCE_SECONDS:
                raise Unmeasured(f"one run was not complete after {ONE_RUN_PATIENCE_SECONDS:.0f} s")
            time.sleep(ONE_RUN_PROBE_SECONDS)
        return time.perf_counter() - began

    def fill_backlog(self, *, waiting_steps: int, finished_runs: int) -> None:
        """Put waiting steps and finished runs into the store beside what is measured."""
        raise Unmeasured("the backlog is made for Squid Mesh alone")
