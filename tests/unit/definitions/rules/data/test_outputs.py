"""Outputs that can't be kept, or would overwrite each other."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, approval, fail, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def guarded(workflow: type[Workflow]) -> list[str]:
    return [step.name for step in workflow.blueprint.steps if step.checks_key_conflicts]


@pytest.mark.parametrize(
    ("target", "kind"), [(sample_steps.make_number, "int"), (sample_steps.make_list, "list")]
)
def test_what_is_no_mapping_needs_an_output_key(target: Any, kind: str) -> None:
    with expect_problems(f"step 'go': it returns {kind}, which can't be merged into the state; set output="):

        class Post(Workflow):
            go = step(target)

    class Fine(Workflow):
        go = step(target, output="value")

    assert not Fine.problems


@pytest.mark.parametrize(
    "target",
    [
        sample_steps.noop,
        sample_steps.anything,
        sample_steps.make_dict,
        sample_steps.make_shape,
        sample_steps.make_point,
        sample_steps.feed_or_outcome,
        sample_steps.feed_or_nothing,
    ],
)
def test_what_may_be_a_mapping_is_merged(target: Any) -> None:
    class Post(Workflow):
        go = step(target)

    assert not Post.problems


def test_parallel_steps_do_not_write_one_key() -> None:
    with expect_problems("step 'a': it may run in parallel with 'b', and both write 'feed'; give one"):

        class Post(Workflow):
            a = step(sample_steps.make_feed, output="feed")
            b = step(sample_steps.make_digest, output="feed")
            flow = [a, b]


def test_merged_fields_clash_too() -> None:
    with expect_problems("both write 'items', 'title'"):

        class Post(Workflow):
            a = step(sample_steps.make_feed)
            b = step(sample_steps.feed_or_digest)
            flow = [a, b]


def test_steps_in_order_may_write_one_key() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            feed: int

        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_feed, output="feed")
        flow = a >> b

    assert guarded(Post) == []


def test_exclusive_steps_may_write_one_key() -> None:
    class Post(Workflow):
        check = step(sample_steps.noop)
        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_feed, output="feed")
        c = step(sample_steps.make_feed, output="feed")
        flow = [check.on("x") >> a, check >> b, check.on_error() >> c]

    assert guarded(Post) == []


def test_a_step_after_the_first_way_may_clash_with_the_other_ways() -> None:
    with expect_problems("step 'b': it may run in parallel with 'c', and both write 'feed'"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.make_feed, output="feed")
            c = step(sample_steps.make_feed, output="feed", join="first")
            flow = [a, b] >> c


def test_parallel_steps_that_may_write_anything_are_guarded() -> None:
    class Post(Workflow):
        a = step(sample_steps.make_dict)
        b = step(sample_steps.make_feed, output="feed")
        c = step(sample_steps.noop)
        d = step(sample_steps.make_dict)
        flow = [a, b, c] >> d

    assert guarded(Post) == ["a", "b"]


def test_parallel_steps_that_write_apart_are_not_guarded() -> None:
    class Post(Workflow):
        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_digest, output="digest")
        flow = [a, b]

    assert guarded(Post) == []


def test_parallel_approvals_keep_their_forms_apart() -> None:
    with expect_problems("step 'one': it may run in parallel with 'two', and both write 'discount_percent'"):

        class Post(Workflow):
            one = approval(form=sample_steps.Decision)
            two = approval(form=sample_steps.Decision)
            pay = step(sample_steps.noop)
            flow = [[one, two] >> pay, [one.on("rejected"), two.on("rejected")] >> fail]

    class Fine(Workflow):
        one = approval(form=sample_steps.Decision, output="one")
        two = approval(form=sample_steps.Decision, output="two")
        pay = step(sample_steps.noop)
        flow = [[one, two] >> pay, [one.on("rejected"), two.on("rejected")] >> fail]

    assert guarded(Fine) == []
