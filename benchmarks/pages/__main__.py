"""Fetch every page alternately from a small and a large site, and compare the times."""

import sys
from argparse import ArgumentParser
from collections import defaultdict
from statistics import median

from benchmarks import postgres
from benchmarks.pages.site import Fetched, Site

SMALL = 1_000
LARGE = 200_000
TURNS = 15
#: Page: the most times as long that it may take on the large site, and the most queries.
BOUNDS = {"list": (2.0, 10), "inbox": (2.0, 10), "list, common tag": (2.0, 10)}
#: The same for pages of one run with a long history, over that with a short one.
RUN_BOUND = (5.0, 15)
LONG_HISTORIES = {
    "run, 20,000 attempts": "run, 10 attempts",
    "raw, 20,000 attempts": "raw, 10 attempts",
}
#: The most milliseconds that a page of a run with 2,000 steps may take.
SLOWEST = 2000.0
LONG_RUNS = ("run, 2,000 steps", "raw, 2,000 steps")

Times = dict[str, list[Fetched]]


def main() -> int:
    parser = ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--runs", type=int, default=LARGE, help=f"of the large site (default {LARGE})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"fetches of each page (default {TURNS})")
    given = parser.parse_args()
    with (
        postgres.server() as server,
        postgres.database(server, "small") as small,
        postgres.database(server, "large") as large,
    ):
        print(postgres.describe(server), file=sys.stderr)
        with Site(small, SMALL) as few, Site(large, given.runs) as many:
            return _report(*_fetched(few, many, given.turns), given.runs)


def _fetched(small: Site, large: Site, turns: int) -> tuple[Times, Times]:
    on_small: Times = defaultdict(list)
    on_large: Times = defaultdict(list)
    for _ in range(turns):
        for page in small.pages:
            on_small[page].append(small.fetch(page))
            on_large[page].append(large.fetch(page))
    return on_small, on_large


def _report(small: Times, large: Times, runs: int) -> int:
    """Print the table and the targets; return the exit code."""
    print(f"\n{'page':<24}{SMALL:>10,}{runs:>12,}{'ratio':>9}{'queries':>10}{'kB':>8}")
    for page, fetched in large.items():
        before, after = _milliseconds(small[page]), _milliseconds(fetched)
        print(
            f"{page:<24}{before:>7.1f} ms{after:>9.1f} ms{after / before:>9.2f}"
            f"{max(f.queries for f in fetched):>10}{fetched[0].kilobytes:>8.0f}"
        )
    print("\ntargets")
    reached = [_target(page, large[page], small[page], *bounds) for page, bounds in BOUNDS.items()]
    reached += [
        _target(page, large[page], large[beside], *RUN_BOUND) for page, beside in LONG_HISTORIES.items()
    ]
    reached += [_limit(page, large[page]) for page in LONG_RUNS]
    return 0 if all(reached) else 1


def _target(page: str, fetched: list[Fetched], beside: list[Fetched], most: float, queries: int) -> bool:
    ratio = _milliseconds(fetched) / _milliseconds(beside)
    asked = max(f.queries for f in fetched)
    met = ratio <= most and asked <= queries
    print(
        f"{page:<24} {ratio:.2f} × (≤ {most:g}), {asked} queries (≤ {queries})   "
        f"{'reached' if met else 'missed'}"
    )
    return met


def _limit(page: str, fetched: list[Fetched]) -> bool:
    took = _milliseconds(fetched)
    met = took <= SLOWEST
    print(f"{page:<24} {took:.0f} ms (≤ {SLOWEST:.0f})   {'reached' if met else 'missed'}")
    return met


def _milliseconds(fetched: list[Fetched]) -> float:
    return median(f.milliseconds for f in fetched)


if __name__ == "__main__":
    sys.exit(main())
