"""Invalid routes."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Workflow, complete, fail, log, pause, step, wait
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_a_route_needs_a_target() -> None:
    with expect_problems("step 'a': its route 'late' has no target; add >> and a step, complete or fail"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on("late")


@pytest.mark.parametrize("label", ["late", "error"])
def test_wait_log_and_pause_only_end_with_ok(label: str) -> None:
    error = f"it has a route for the outcome {label!r}, which a wait, log or pause never has"
    with expect_problems(f"step 'a': {error}", f"step 'b': {error}", f"step 'c': {error}"):

        class Post(Workflow):
            a = wait(seconds=1)
            b = log("b")
            c = pause("c")
            flow = [a >> b >> c, [a.on(label), b.on(label), c.on(label)] >> complete]


def test_only_declared_outcomes_may_be_routed() -> None:
    with expect_problems(
        "step 'a': it has a route for the outcome 'lat', which is missing in its outcomes="
        " (did you mean 'late'?); it has 'ok', 'error', 'late'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop, outcomes=["late"])
            b = step(sample_steps.other)
            flow = [a.on("lat") >> b, a.on("ok") >> complete, a.on_error() >> fail, a.on("late") >> fail]


def test_any_label_may_be_routed_by_default() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        flow = a.on("whatever") >> fail

    assert Post.blueprint.by_name["a"].outcomes == ("whatever",)


@pytest.mark.parametrize("label", ["rejected", "timeout"])
def test_the_outcomes_of_approvals_are_reserved(label: str) -> None:
    with expect_problems(
        f"its outcomes= contains {label!r}, which is reserved for steps that wait for a person; remove it",
        f"it has a route for the outcome {label!r}, which is reserved for steps that wait for a person",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop, outcomes=[label])
            flow = a.on(label) >> fail


@pytest.mark.parametrize("label", ["", "  ", 5, None, ["x"], "x" * 101])
def test_a_label_is_a_short_text(label: Any) -> None:
    with expect_problems("choose another label"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on(label) >> fail


@pytest.mark.parametrize("label", ["ok", "error"])
def test_outcomes_that_every_step_has_are_not_declared(label: str) -> None:
    with expect_problems(f"its outcomes= contains {label!r}, which every step has; remove it"):

        class Post(Workflow):
            a = step(sample_steps.noop, outcomes=[label])


def test_a_label_has_at_most_a_hundred_characters() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop, outcomes=["x" * 100])

    assert Post.blueprint.by_name["a"].outcomes == ("x" * 100,)


@pytest.mark.parametrize("outcomes", ["late", 5])
def test_outcomes_are_a_list(outcomes: Any) -> None:
    with expect_problems(f"its outcomes= is {outcomes!r}; write a list"):

        class Post(Workflow):
            a = step(sample_steps.noop, outcomes=outcomes)
            flow = a.on("late") >> fail


def test_recovery_has_a_known_value() -> None:
    with expect_problems(
        "step 'a': its recovery= is 'und' (did you mean 'undo'?); use one of 'compensation', 'undo'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on_error(recovery="und") >> fail  # type: ignore[arg-type]


def test_a_route_has_one_label() -> None:
    with expect_problems("step 'a': it has a route for the outcome ('late', 'lost'), which is not a label"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on("late", "lost") >> complete
