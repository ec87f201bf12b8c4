"""Which steps of a run are on a page, and the links to the others. A run may have thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from squid_mesh import api

#: How many steps are on a page.
STEPS: Final = 50
#: Larger graphs have a page of their own: drawn among other things, nothing in them can be read.
LARGEST_GRAPH: Final = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage:
    """The steps of one page. ``first`` and ``last`` are their numbers, counted from 1, of ``total`` steps.

    ``before`` and ``after`` are the addresses of the neighbouring pages, empty at the ends.
    """

    names: tuple[str, ...]
    first: int
    last: int
    total: int
    before: str
    after: str

    @property
    def is_whole(self) -> bool:
        """Whether all steps are on it."""
        return len(self.names) == self.total

    @property
    def link(self) -> str:
        """The beginning of a link to a step, whose name follows; it is on this page, if all are."""
        return "#step-" if self.is_whole else "?step="


def choose_steps(run: api.RunSnapshot, wanted: str) -> StepPage:
    """Return the page with the wanted step; the first page if the run has no such step."""
    names = tuple(dict.fromkeys(step.name for step in run.steps))
    place = names.index(wanted) if wanted in names else 0
    first = place - place % STEPS
    shown = names[first : first + STEPS]
    following = names[first + STEPS : first + STEPS + 1]
    return StepPage(
        names=shown,
        first=first + 1,
        last=first + len(shown),
        total=len(names),
        before=_address(names[first - STEPS]) if first else "",
        after=_address(following[0]) if following else "",
    )


def _address(step: str) -> str:
    return f"?{urlencode({'step': step})}#sqm-steps"
