"""The shapes as Squid Mesh workflows."""

from benchmarks.workloads import BRANCHES
from squid_mesh import Workflow, manual, step


def no_op() -> None:
    """Do nothing, and be recorded."""


class Chain(Workflow):
    """Five steps in a row."""

    by_hand = manual()

    first = step(no_op)
    second = step(no_op)
    third = step(no_op)
    fourth = step(no_op)
    fifth = step(no_op)

    flow = first >> second >> third >> fourth >> fifth


class FanOut(Workflow):
    """One step, fifty beside each other, and one that joins them."""

    by_hand = manual()

    opening = step(no_op)
    branches = [step(no_op) for _ in range(BRANCHES)]
    vars().update({f"branch_{number}": branch for number, branch in enumerate(branches)})
    closing = step(no_op, after=branches)

    flow = opening >> branches
