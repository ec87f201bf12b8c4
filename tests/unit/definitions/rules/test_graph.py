"""Graphs that can't be run."""

from __future__ import annotations

from squid_mesh import Workflow, complete, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


class Foreign:
    far = step(zoo.noop)


def test_a_workflow_has_steps() -> None:
    with refused("Workflow rules.Post: it has no steps; assign step(...) to an attribute."):

        class Post(Workflow):
            pass


def test_a_flow_holds_only_steps() -> None:
    with refused("its flow holds 5, which is no step; declare it with step(...)", "its flow holds 'b'"):

        class Post(Workflow):
            a = step(zoo.noop)
            flow = [a >> 5, "b"]  # type: ignore[operator, list-item]


def test_nothing_follows_an_end() -> None:
    with refused("its flow goes on after complete, fail or a rewind; end the chain there"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.other)
            flow = a >> complete >> b


def test_after_holds_only_steps() -> None:
    with refused(
        "step 'b': its after= holds 'a', which is no step",
        "step 'c': its after= holds a chain; name only the steps it depends on",
        "step 'd': its after= holds complete or fail, which nothing follows",
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop, after=["a"])  # type: ignore[list-item]
            c = step(zoo.noop, after=a >> b)
            d = step(zoo.noop, after=[complete])


def test_a_step_of_another_class_is_refused() -> None:
    with refused(
        "its flow names Foreign.far, which is no step of this class; declare it here or inherit it",
        "step 'b': its after= names Foreign.far",
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop, after=[Foreign.far])
            flow = a >> Foreign.far


def test_a_step_without_a_name_is_refused() -> None:
    with refused(
        "its flow names a step that no attribute holds; assign it to one",
        "step 'b': its after= names a step that no attribute holds",
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop, after=[step(zoo.noop)])
            flow = a >> step(zoo.noop)


def test_several_steps_need_an_order() -> None:
    with refused("its steps have no order; write flow = a >> b, or after= at each step"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)


def test_a_list_as_flow_says_that_steps_are_parallel() -> None:
    class Post(Workflow):
        a = step(zoo.noop)
        b = step(zoo.noop)
        flow = [a, b]

    assert Post.blueprint.entries == ("a", "b")


def test_a_step_outside_of_the_flow_is_unreachable() -> None:
    with refused("step 'c': it is unreachable: declared, but in no flow and no after="):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            c = step(zoo.noop)
            flow = a >> b


def test_without_a_flow_a_step_without_after_starts_the_run() -> None:
    class Post(Workflow):
        a = step(zoo.noop)
        b = step(zoo.noop, after=[a])
        c = step(zoo.noop)

    assert Post.blueprint.entries == ("a", "c")


def test_an_edge_is_written_once() -> None:
    with refused("step 'a': its route 'ok' to 'b' is written 2 times; keep one"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            flow = [a >> b, a >> b]


def test_an_edge_of_after_and_flow_is_written_twice_as_well() -> None:
    with refused("step 'a': its route 'ok' to 'b' is written 2 times; keep one"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop, after=[a], join="all")
            flow = a >> b


def test_a_step_does_not_follow_itself() -> None:
    with refused(
        "it has no entry",
        "step 'a': its route 'again' leads back to itself; remove that edge",
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            flow = a.on("again") >> a


def test_a_circle_is_named_with_its_path() -> None:
    with refused("its flow goes in a circle, b >> c >> b; remove one of these edges"):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            c = step(zoo.noop)
            flow = a >> b >> c >> b


def test_a_run_has_somewhere_to_start() -> None:
    with refused(
        "its flow goes in a circle",
        "it has no entry, since an edge leads to each of 'a', 'b'; let one step have none",
    ):

        class Post(Workflow):
            a = step(zoo.noop)
            b = step(zoo.noop)
            flow = a >> b >> a
