"""Invalid graphs."""

from __future__ import annotations

from squid_mesh import Workflow, complete, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


class Foreign:
    far = step(sample_steps.noop)


def test_a_workflow_has_steps() -> None:
    with expect_problems("Workflow flow.Post: it has no steps; assign step(...) to an attribute."):

        class Post(Workflow):
            pass


def test_a_flow_contains_only_steps() -> None:
    with expect_problems(
        "its flow contains 5, which is not a step; declare it with step(...)", "its flow contains 'b'"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = [a >> 5, "b"]  # type: ignore[operator, list-item]


def test_nothing_follows_an_end() -> None:
    with expect_problems("its flow continues after complete, fail or a rewind; end the chain there"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.other)
            flow = a >> complete >> b


def test_after_contains_only_steps() -> None:
    with expect_problems(
        "step 'b': its after= contains 'a', which is not a step; write the attribute a without quotes",
        "step 'c': its after= contains a chain; name only the steps it depends on",
        "step 'd': its after= contains complete or fail, which end a path; name steps only",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, after=["a"])  # type: ignore[list-item]
            c = step(sample_steps.noop, after=a >> b)
            d = step(sample_steps.noop, after=[complete])


def test_a_step_of_another_class_is_rejected() -> None:
    with expect_problems(
        "its flow contains Foreign.far, which is not a step of this class; declare it here or inherit it",
        "step 'b': its after= contains Foreign.far",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, after=[Foreign.far])
            flow = a >> Foreign.far


def test_a_step_without_a_name_is_rejected() -> None:
    with expect_problems(
        "its flow contains a step without a name; assign it to an attribute",
        "step 'b': its after= contains a step without a name",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, after=[step(sample_steps.noop)])
            flow = a >> step(sample_steps.noop)


def test_several_steps_need_an_order() -> None:
    with expect_problems("its steps have no order; write flow = a >> b, or after= at each step"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)


def test_a_list_of_steps_without_any_edge_is_not_an_order() -> None:
    with expect_problems(
        "its flow has no edges, so all of its steps would start at once; write flow = [a >> b >> c] to run "
        "them in that order, or [a >> complete, b >> complete, c >> complete] to run them at once."
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = [a, b, c]


def test_steps_that_end_a_path_each_are_parallel() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop)
        flow = [a >> complete, b >> complete]

    assert Post.blueprint.entries == ("a", "b")


def test_a_list_with_one_step_or_with_an_edge_is_a_flow() -> None:
    class Single(Workflow):
        a = step(sample_steps.noop)
        flow = [a]

    class Beside(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop)
        c = step(sample_steps.noop)
        flow = [a >> b, c]

    class After(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop, after=[a])
        flow = [a, b]

    assert Single.blueprint.entries == ("a",)
    assert Beside.blueprint.entries == ("a", "c")
    assert After.blueprint.entries == ("a",)


def test_a_step_outside_of_the_flow_is_unreachable() -> None:
    with expect_problems("step 'c': it is unreachable, because no flow and no after= contains it"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = a >> b


def test_one_of_two_steps_outside_of_the_flow_is_unreachable() -> None:
    with expect_problems("step 'b': it is unreachable, because no flow and no after= contains it"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            flow = a


def test_without_a_flow_a_step_without_after_starts_the_run() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop, after=[a])
        c = step(sample_steps.noop)

    assert Post.blueprint.entries == ("a", "c")


def test_an_edge_is_written_once() -> None:
    with expect_problems("step 'a': its route 'ok' to 'b' is written 2 times; keep one"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            flow = [a >> b, a >> b]


def test_an_edge_in_after_and_flow_is_written_twice() -> None:
    with expect_problems("step 'a': its route 'ok' to 'b' is written 2 times; keep one"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, after=[a], join="all")
            flow = a >> b


def test_a_step_does_not_follow_itself() -> None:
    with expect_problems(
        "no step starts the run",
        "step 'a': its route 'again' leads to itself; remove it",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on("again") >> a


def test_a_cycle_is_reported_with_its_path() -> None:
    with expect_problems(
        "its flow has the cycle b >> c >> b; remove one of these edges, or go back with c.rewind(b) or"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = a >> b >> c >> b


def test_a_run_needs_a_first_step() -> None:
    with expect_problems(
        "its flow has the cycle a >> b >> a",
        "no step starts the run, because each of 'a', 'b' has an incoming edge",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            flow = a >> b >> a
