"""The figures of one system under one workload, over all repetitions, and the file they go to."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measuring import Measurement
from benchmarks.wire import Counts

LATEST = Path(__file__).parent / "latest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Medians over the repetitions; counts are per step, None where nothing is kept in the database."""

    steps_per_s: float
    p50_ms: float
    p95_ms: float
    commits_per_step: float | None
    statements_per_step: float | None


@dataclass(slots=True)
class Cell:
    """What one system did under one workload: measurements, counts, or the reason why there are none.

    `begun_busy` counts the measurements that began although the machine would not become quiet.
    """

    measurements: list[Measurement] = field(default_factory=list)
    begun_busy: int = 0
    counts: Counts | None = None
    reason: str | None = None

    def figures(self) -> Figures | None:
        if not self.measurements:
            return None
        return Figures(
            steps_per_s=round(median(m.steps_per_s for m in self.measurements), 1),
            p50_ms=round(median(median(m.latencies_ms) for m in self.measurements), 1),
            p95_ms=round(median(_p95(m.latencies_ms) for m in self.measurements), 1),
            commits_per_step=round(self.counts.commits, 3) if self.counts else None,
            statements_per_step=round(self.counts.statements, 3) if self.counts else None,
        )

    def spread(self) -> tuple[float, float] | None:
        """The slowest and the fastest repetition, in steps per second."""
        rates = [m.steps_per_s for m in self.measurements]
        return (min(rates), max(rates)) if rates else None


Results = dict[str, dict[str, Cell]]


def write_latest(results: Results, path: Path = LATEST) -> None:
    """Write `{workload: {system: figures}}`; null where a system could not be measured."""
    written = {
        workload: {system: _as_json(cell.figures()) for system, cell in cells.items()}
        for workload, cells in results.items()
    }
    path.write_text(json.dumps(written, indent=2) + "\n")


def _as_json(figures: Figures | None) -> Mapping[str, float | None] | None:
    if figures is None:
        return None
    return {name: value for name, value in asdict(figures).items() if name != "p95_ms"}


def _p95(values: Iterable[float]) -> float:
    given = list(values)
    return quantiles(given, n=20, method="inclusive")[-1] if len(given) > 1 else given[0]
