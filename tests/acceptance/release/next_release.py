"""Code of a new release: only clusters with this folder on their path can import it."""

from __future__ import annotations

from squid_mesh import Workflow, manual, step
from tests.acceptance.flows import pass_by


def begin() -> None:
    """A step that only the new release has."""


def finish() -> None:
    """Another one."""


class Release(Workflow):
    """A workflow whose second step the old release has, too."""

    name = "acceptance.release"

    by_hand = manual()

    first = step(begin)
    second = step(pass_by)
    third = step(finish)

    flow = first >> second >> third
