"""The targets, checked against the figures of one run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.figures import Figures, Results
from benchmarks.workloads import Shape

EXTRA_COMMITS_PER_RUN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target figure, and whether it was reached; None if it can't be calculated."""

    title: str
    bound: str
    value: float | None
    met: bool | None


def targets(results: Results) -> Iterator[Target]:
    def get(workload: str, system: str) -> Figures | None:
        cell = results.get(workload, {}).get(system)
        return cell.figures() if cell else None

    chain, in_process, queue = (get("chain", name) for name in ("squid_mesh", "dbos_inprocess", "dbos_queue"))
    yield _at_least("chain, steps/s over DBOS through its queue", 1.5, _ratio(chain, queue, _rate))
    yield _at_least("chain, steps/s over DBOS in process", 1.2, _ratio(chain, in_process, _rate))
    idle, idle_in_process = get("idle", "squid_mesh"), get("idle", "dbos_inprocess")
    yield _at_most("idle, p50 over DBOS in process", 1.3, _ratio(idle, idle_in_process, _p50))
    loaded = get("chain_with_backlog", "squid_mesh")
    yield _at_least("chain, steps/s with the backlog over without", 0.9, _ratio(loaded, chain, _rate))
    yield _at_most(
        "chain, commits a run beyond one a step", EXTRA_COMMITS_PER_RUN, extra_commits_per_run(chain)
    )
    yield _at_least("the goal: chain, steps/s", 1000, _of(chain, _rate))
    yield _at_most("the goal: idle, p50 ms", 12, _of(idle, _p50))
    fanout = get("fanout", "squid_mesh")
    yield _at_least("the goal: fanout, steps/s", 1000, _of(fanout, _rate))


def extra_commits_per_run(chain: Figures | None) -> float | None:
    if chain is None or chain.commits_per_step is None:
        return None
    return (chain.commits_per_step - 1) * Shape.CHAIN.steps


def _rate(figures: Figures) -> float:
    return figures.steps_per_s


def _p50(figures: Figures) -> float:
    return figures.p50_ms


def _ratio(ours: Figures | None, theirs: Figures | None, figure: Callable[[Figures], float]) -> float | None:
    return figure(ours) / figure(theirs) if ours and theirs else None


def _of(figures: Figures | None, figure: Callable[[Figures], float]) -> float | None:
    return figure(figures) if figures else None


def _at_least(title: str, bound: float, value: float | None) -> Target:
    met = None if value is None else value >= bound
    return Target(title=title, bound=f"≥ {bound:g}", value=value, met=met)


def _at_most(title: str, bound: float, value: float | None) -> Target:
    met = None if value is None else value <= bound
    return Target(title=title, bound=f"≤ {bound:g}", value=value, met=met)
