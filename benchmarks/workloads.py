"""The four workloads that every system gets, of two shapes of no-op steps."""

from dataclasses import dataclass
from enum import Enum

BRANCHES = 50


class Shape(Enum):
    """A workflow every system has; its value is the number of its steps."""

    CHAIN = 5
    FANOUT = 1 + BRANCHES + 1

    @property
    def steps(self) -> int:
        return self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Runs of one shape, submitted all at once or one at a time.

    All at once: the clock runs from the first submit until the last run is seen complete in the system's own
    store; p50 is that of the completions, each counted from the start of the burst. One at a time: each run
    has the idle system for itself, and p50 is that of submit-to-seen-complete.
    """

    name: str
    title: str
    shape: Shape
    runs: int
    quick_runs: int
    one_at_a_time: bool = False
    on_backlog: bool = False


CHAIN = Workload(
    name="chain",
    title="chain: five no-op steps, all runs at once",
    shape=Shape.CHAIN,
    runs=200,
    quick_runs=50,
)
IDLE = Workload(
    name="idle",
    title="idle: the same five steps, one run at a time on an idle system",
    shape=Shape.CHAIN,
    runs=30,
    quick_runs=10,
    one_at_a_time=True,
)
FANOUT = Workload(
    name="fanout",
    title=f"fanout: 1 + {BRANCHES} + 1 no-op steps, all runs at once",
    shape=Shape.FANOUT,
    runs=10,
    quick_runs=4,
)
CHAIN_WITH_BACKLOG = Workload(
    name="chain_with_backlog",
    title="chain_with_backlog: the chain again, beside 100,000 waiting steps and 100,000 finished runs",
    shape=Shape.CHAIN,
    runs=200,
    quick_runs=50,
    on_backlog=True,
)

WORKLOADS = (CHAIN, IDLE, FANOUT, CHAIN_WITH_BACKLOG)
