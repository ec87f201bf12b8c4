"""The command line."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.systems import SYSTEMS
from benchmarks.workloads import WORKLOADS, Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to measure, and how often."""

    workloads: tuple[Workload, ...]
    systems: tuple[str, ...]
    repetitions: int
    quick: bool

    def runs(self, workload: Workload) -> int:
        return workload.quick_runs if self.quick else workload.runs


def read_options(arguments: Sequence[str] | None = None) -> Options:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME,NAME",
        help="measure only these workloads and systems, e.g. chain,squid_mesh,dbos_queue",
    )
    parser.add_argument("--repetitions", type=int, default=None, help="rounds over all systems (default 3)")
    parser.add_argument("--quick", action="store_true", help="one round with fewer runs")
    given = parser.parse_args(arguments)

    only = {name.strip() for name in given.only.split(",") if name.strip()}
    known = {workload.name for workload in WORKLOADS} | set(SYSTEMS)
    if unknown := sorted(only - known):
        parser.error(f"--only: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    if given.repetitions is not None and given.repetitions < 1:
        parser.error("--repetitions: at least 1")
    return Options(
        workloads=tuple(workload for workload in WORKLOADS if workload.name in only) or WORKLOADS,
        systems=tuple(system for system in SYSTEMS if system in only) or tuple(SYSTEMS),
        repetitions=given.repetitions or (1 if given.quick else 3),
        quick=given.quick,
    )
