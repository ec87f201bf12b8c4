"""Outputs that can't be merged or that clash."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, approval, complete, fail, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def guarded(workflow: type[Workflow]) -> list[str]:
    return [step.name for step in workflow.blueprint.steps if step.checks_key_conflicts]


@pytest.mark.parametrize(
    ("target", "kind"), [(sample_steps.make_number, "int"), (sample_steps.make_list, "list")]
)
def test_an_unmergeable_result_needs_output(target: Any, kind: str) -> None:
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
def test_a_result_that_may_be_a_mapping_is_merged(target: Any) -> None:
    class Post(Workflow):
        go = step(target)

    assert not Post.problems


def test_parallel_steps_must_not_write_the_same_key() -> None:
    with expect_problems("step 'a': it may run in parallel with 'b', and both write 'feed'; give one"):

        class Post(Workflow):
            a = step(sample_steps.make_feed, output="feed")
            b = step(sample_steps.make_digest, output="feed")
            flow = [a >> complete, b >> complete]


def test_merged_fields_must_not_clash_either() -> None:
    with expect_problems("both write 'items', 'title'"):

        class Post(Workflow):
            a = step(sample_steps.make_feed)
            b = step(sample_steps.feed_or_digest)
            flow = [a >> complete, b >> complete]


def test_ordered_steps_may_write_the_same_key() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            feed: int

        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_feed, output="feed")
        flow = a >> b

    assert guarded(Post) == []


def test_exclusive_steps_may_write_the_same_key() -> None:
    class Post(Workflow):
        check = step(sample_steps.noop)
        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_feed, output="feed")
        c = step(sample_steps.make_feed, output="feed")
        flow = [check.on("x") >> a, check >> b, check.on_error() >> c]

    assert guarded(Post) == []


def test_a_step_with_join_first_may_clash_with_the_other_branches() -> None:
    with expect_problems("step 'b': it may run in parallel with 'c', and both write 'feed'"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.make_feed, output="feed")
            c = step(sample_steps.make_feed, output="feed", join="first")
            flow = [a, b] >> c


def test_parallel_steps_with_unknown_keys_are_checked_at_run_time() -> None:
    class Post(Workflow):
        a = step(sample_steps.make_dict)
        b = step(sample_steps.make_feed, output="feed")
        c = step(sample_steps.noop)
        d = step(sample_steps.make_dict)
        flow = [a, b, c] >> d

    assert guarded(Post) == ["a", "b"]


def test_parallel_steps_with_different_keys_are_not_checked_at_run_time() -> None:
    class Post(Workflow):
        a = step(sample_steps.make_feed, output="feed")
        b = step(sample_steps.make_digest, output="digest")
        flow = [a >> complete, b >> complete]

    assert guarded(Post) == []


def test_parallel_approvals_must_not_merge_the_same_form() -> None:
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
