"""Joins that can't be meant."""

from __future__ import annotations

from squid_mesh import Workflow, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


def test_a_join_is_one_of_three_words() -> None:
    with refused("step 'a': its join= is 'frist' (did you mean 'first'?); write 'all', 'any' or 'first'"):

        class Post(Workflow):
            a = step(zoo.noop, join="frist")  # type: ignore[arg-type]


def test_after_and_a_chain_together_need_a_join() -> None:
    with refused(
        "step 'c': it has both after=, which means all, and a >> to it, which means any;"
        " say join='all' or join='any'"
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            c = step(zoo.noop, after=[a])
            flow = b >> c


def test_after_and_a_chain_together_are_fine_with_a_join() -> None:
    class Post(Workflow):
        a = step(zoo.noop)
        b = step(zoo.noop)
        c = step(zoo.noop, after=[a], join="any")
        flow = b >> c

    assert Post.blueprint.by_name["c"].join == "any"


def test_first_needs_two_ways() -> None:
    with refused("step 'b': its join='first' needs two ways in or more; add one, or leave join= out"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop, join="first")
            flow = a >> b


def test_a_join_cannot_wait_for_two_outcomes_of_one_step() -> None:
    with refused(
        "step 'd': it can never run, since its join waits for all of"
        " a.on('x'), a.on('y'), b.on('ok'), c.on('ok'); say join='any'"
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            c = step(zoo.noop)
            d = step(zoo.noop, after=[b, c])
            e = step(zoo.noop, after=[d])
            flow = [a.on("x") >> b, a.on("y") >> c]
