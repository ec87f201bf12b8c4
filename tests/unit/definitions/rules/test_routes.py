"""Routes that can't be taken."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Workflow, complete, fail, log, pause, step, wait
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


def test_a_route_leads_somewhere() -> None:
    with refused("step 'a': its route 'late' leads nowhere; write >> and a step, complete or fail after it"):

        class Post(Workflow):
            a = step(zoo.noop)
            flow = a.on("late")


@pytest.mark.parametrize("label", ["late", "error"])
def test_a_wait_a_log_and_a_pause_only_end_ok(label: str) -> None:
    fault = f"it has a route for outcome {label!r}, which a wait, log or pause can't have; it always ends ok"
    with refused(f"step 'a': {fault}", f"step 'b': {fault}", f"step 'c': {fault}"):

        class Post(Workflow):
            a = wait(seconds=1)
            b = log("b")
            c = pause("c")
            flow = [a >> b >> c, [a.on(label), b.on(label), c.on(label)] >> complete]


def test_declared_outcomes_are_all_there_are() -> None:
    with refused(
        "step 'a': it has a route for outcome 'lat', which its outcomes= doesn't declare"
        " (did you mean 'late'?); it has 'ok', 'error', 'late'"
    ):

        class Post(Workflow):
            a = step(zoo.noop, outcomes=["late"])
            b = step(zoo.other)
            flow = [a.on("lat") >> b, a.on("ok") >> complete, a.on_error() >> fail, a.on("late") >> fail]


def test_without_declared_outcomes_any_label_may_be_routed() -> None:
    class Post(Workflow):
        a = step(zoo.noop)
        flow = a.on("whatever") >> fail

    assert Post.blueprint.by_name["a"].outcomes == ("whatever",)


@pytest.mark.parametrize("label", ["rejected", "timeout"])
def test_the_outcomes_of_people_are_reserved(label: str) -> None:
    with refused(
        f"its outcomes= holds {label!r}, which is reserved for steps that wait for a person; leave it out",
        f"it has a route for outcome {label!r}, which is reserved for steps that wait for a person",
    ):

        class Post(Workflow):
            a = step(zoo.noop, outcomes=[label])
            flow = a.on(label) >> fail


@pytest.mark.parametrize("label", ["", "  ", 5, None, ["x"], "x" * 101])
def test_a_label_is_a_short_text(label: Any) -> None:
    with refused("which is"):

        class Post(Workflow):
            a = step(zoo.noop)
            flow = a.on(label) >> fail


@pytest.mark.parametrize("label", ["ok", "error"])
def test_outcomes_that_every_step_has_are_not_declared(label: str) -> None:
    with refused(f"its outcomes= holds {label!r}, which every step has; leave it out"):

        class Post(Workflow):
            a = step(zoo.noop, outcomes=[label])


@pytest.mark.parametrize("outcomes", ["late", 5])
def test_outcomes_are_a_list(outcomes: Any) -> None:
    with refused(f"its outcomes= is {outcomes!r}; write a list"):

        class Post(Workflow):
            a = step(zoo.noop, outcomes=outcomes)
            flow = a.on("late") >> fail


def test_recovery_is_one_of_two_words() -> None:
    with refused("step 'a': its recovery= is 'und' (did you mean 'undo'?); write 'compensation' or 'undo'"):

        class Post(Workflow):
            a = step(zoo.noop)
            flow = a.on_error(recovery="und") >> fail  # type: ignore[arg-type]
