"""Invalid joins."""

from __future__ import annotations

from squid_mesh import Workflow, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_a_join_has_a_known_value() -> None:
    with expect_problems(
        "step 'a': its join= is 'frist' (did you mean 'first'?); use one of 'all', 'any', 'first'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop, join="frist")  # type: ignore[arg-type]


def test_a_step_with_after_and_a_chain_needs_a_join() -> None:
    with expect_problems(
        "step 'c': it has after=, which means all, and a >> to it, which means any;"
        " set join='all' or join='any'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop, after=[a])
            flow = b >> c


def test_a_step_with_after_and_a_chain_may_have_a_join() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop)
        c = step(sample_steps.noop, after=[a], join="any")
        flow = b >> c

    assert Post.blueprint.by_name["c"].join == "any"


def test_join_first_needs_two_edges() -> None:
    with expect_problems(
        "step 'b': its join='first' needs at least two incoming edges; add one, or remove join="
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, join="first")
            flow = a >> b


def test_a_join_cannot_wait_for_two_outcomes_of_one_step() -> None:
    with expect_problems(
        "step 'd': it can never run, because its join waits for all of"
        " a.on('x'), a.on('y'), b.on('ok'), c.on('ok'); set join='any'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            d = step(sample_steps.noop, after=[b, c])
            e = step(sample_steps.noop, after=[d])
            flow = [a.on("x") >> b, a.on("y") >> c]


def test_a_contradiction_is_reported_only_where_it_starts() -> None:
    with expect_problems("step 'd': it can never run, because its join waits for all of"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            d = step(sample_steps.noop, after=[b, c])
            e = step(sample_steps.noop, after=[a, d])
            flow = [a.on("x") >> b, a.on("y") >> c]
