"""The printed tables."""

from collections.abc import Iterator, Sequence

from benchmarks.figures import Cell, Figures, Results
from benchmarks.targets import targets
from benchmarks.workloads import Workload

OURS = "squid_mesh"
COLUMNS = {
    "system": 16,
    "steps/s": 9,
    "(min–max)": 15,
    "ours/its": 10,
    "p50 ms": 9,
    "p95 ms": 9,
    "p50 ours/its": 14,
    "commits/step": 14,
    "statements/step": 17,
}
NOTHING = "–"


def report(results: Results, workloads: Sequence[Workload]) -> Iterator[str]:
    """Give the lines of a table for each workload, the reasons of empty rows, and the targets."""
    for workload in workloads:
        cells = results[workload.name]
        yield ""
        yield workload.title
        yield _row(tuple(COLUMNS))
        ours = cells[OURS].figures() if OURS in cells else None
        for system, cell in cells.items():
            yield _row((system, *_values(cell, ours)))
        for system, cell in cells.items():
            if cell.reason:
                yield f"  {system}: {cell.reason}"
            if cell.begun_busy:
                text = f"{cell.begun_busy} of {len(cell.measurements)} started on a busy machine"
                yield f"  {system}: {text}; not reliable"
    yield ""
    yield "targets"
    for target in targets(results):
        value = NOTHING if target.value is None else f"{target.value:.2f}"
        verdict = {None: "not measured", True: "reached", False: "missed"}[target.met]
        yield f"  {target.title:<46}{target.bound:>8}{value:>10}   {verdict}"


def _values(cell: Cell, ours: Figures | None) -> tuple[str, ...]:
    figures = cell.figures()
    if figures is None:
        return (NOTHING,) * (len(COLUMNS) - 1)
    low, high = cell.spread() or (0.0, 0.0)
    return (
        f"{figures.steps_per_s:.0f}",
        f"({low:.0f}–{high:.0f})",
        _times(ours.steps_per_s if ours else None, figures.steps_per_s),
        f"{figures.p50_ms:.1f}",
        f"{figures.p95_ms:.1f}",
        _times(ours.p50_ms if ours else None, figures.p50_ms),
        _number(figures.commits_per_step),
        _number(figures.statements_per_step),
    )


def _times(ours: float | None, theirs: float) -> str:
    return NOTHING if ours is None else f"{ours / theirs:.2f}"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


def _row(values: Sequence[str]) -> str:
    first, *others = zip(values, COLUMNS.values(), strict=True)
    return f"  {first[0]:<{first[1]}}" + "".join(f"{value:>{width}}" for value, width in others)
