"""Rewinds."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import Workflow, approval, complete, fail, step
from squid_mesh.definitions.blueprint import Edge
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def test_a_rewind_compiles_to_an_edge_that_goes_back() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop)
        flow = [a >> b, b.on("again").rewind(a), b.on_error().rewind(a, max_visits=2)]

    assert Post.blueprint.edges[1:] == (
        Edge(source="b", outcome="again", target="a", rewind=True, max_visits=10),
        Edge(source="b", outcome="error", target="a", rewind=True, max_visits=2),
    )
    assert Post.blueprint.by_name["b"].outcomes == ("again",)
    assert Post.blueprint.by_name["a"].join == "any"
    assert Post.blueprint.entries == ("a",)
    assert not Post.blueprint.is_sequential


def test_the_target_of_a_rewind_is_an_earlier_step() -> None:
    with expect_problems(
        "step 'a': its route 'x' rewinds to 'b', which is not an earlier step; choose one of nothing",
        "step 'b': its route 'x' rewinds to 'b', which is not an earlier step; choose one of 'a'",
        "step 'b': its route 'y' rewinds to 'c', which is not an earlier step",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = [a >> [b, c], a.on("x").rewind(b), b.on("x").rewind(b), b.on("y").rewind(c)]


def test_a_step_that_only_a_rewind_mentions_is_unreachable() -> None:
    with expect_problems("step 'b': its route 'x' rewinds to 'c', which is not an earlier step"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = [a >> b, b.on("x").rewind(c)]


def test_a_rewind_to_a_step_of_another_class_is_rejected() -> None:
    class Foreign:
        far = step(sample_steps.noop)

    with expect_problems("its flow contains Foreign.far, which is not a step of this class"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            flow = a.on("x").rewind(Foreign.far)


def test_an_outcome_that_rewinds_has_no_other_target() -> None:
    with expect_problems(
        "step 'b': its route 'x' rewinds, but has the targets 'a', 'c'; keep one",
        "step 'c': its route 'y' rewinds, but has the targets 'a', 'b'; keep one",
        "step 'c': its route 'z' rewinds, but has the targets 'complete', 'b'; keep one",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            flow = [
                a >> b >> c,
                b.on("x").rewind(a),
                b.on("x") >> c,
                c.on("y").rewind(a),
                c.on("y").rewind(b),
                c.on("z") >> complete,
                c.on("z").rewind(b),
            ]


def test_a_rewind_is_written_once() -> None:
    with expect_problems(
        "step 'b': its route 'x' to 'a' is written 2 times; keep one",
        "step 'b': its route 'y' to 'a' is written 2 times; keep one",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            flow = [
                a >> b,
                b.on("x").rewind(a),
                b.on("x").rewind(a),
                b.on("y").rewind(a),
                b.on("y").rewind(a, max_visits=2),
            ]


@pytest.mark.parametrize("visits", [1, 0, -1, 2.5, True, "3", None, 1001])
def test_max_visits_is_limited(visits: Any) -> None:
    with expect_problems(
        f"step 'b': its rewind has max_visits={visits!r}; use a whole number from 2 to 1000"
    ):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop)
            flow = [a >> b, b.on("x").rewind(a, max_visits=visits)]


@pytest.mark.parametrize("visits", [2, 1000])
def test_max_visits_may_be_2_to_1000(visits: int) -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop)
        flow = [a >> b, b.on("x").rewind(a, max_visits=visits)]

    assert Post.blueprint.edges[1].max_visits == visits


def test_a_rewind_must_not_repeat_an_irreversible_step() -> None:
    with expect_problems(
        "step 'b': its route 'y' would repeat 'a', which is irreversible; rewind to a later step",
        "step 'c': its route 'x' would repeat 'a', which is irreversible",
        "step 'd': its route 'x' would repeat 'd', which is irreversible",
    ):

        class Post(Workflow):
            a = step(sample_steps.noop, irreversible=True)
            b = step(sample_steps.noop)
            c = step(sample_steps.noop)
            d = step(sample_steps.noop, irreversible=True)
            flow = [
                a >> b >> c >> d,
                b.on("y").rewind(a),
                c.on("x").rewind(a),
                c.on("z").rewind(b),
                d.on("x").rewind(c),
            ]


def test_a_step_that_may_not_have_completed_is_checked_at_run_time() -> None:
    class Post(Workflow):
        start = step(sample_steps.noop)
        left = step(sample_steps.noop, irreversible=True)
        right = step(sample_steps.noop)
        perhaps = step(sample_steps.noop, irreversible=True, when=sample_steps.always)
        failing = step(sample_steps.noop, irreversible=True)
        review = step(sample_steps.noop)
        flow = [
            start >> left,
            start.on("x") >> right,
            [left, right] >> perhaps >> failing,
            failing.on_error() >> review,
            failing >> complete,
            review.on("again").rewind(start),
        ]

    assert Post.blueprint.edges[-1].rewind


def test_a_guarded_step_that_ended_with_a_label_of_its_own_has_completed() -> None:
    with expect_problems("step 'review': its route 'again' would repeat 'charge', which is irreversible"):

        class Post(Workflow):
            start = step(sample_steps.noop)
            charge = step(sample_steps.noop, irreversible=True, when=sample_steps.always)
            review = step(sample_steps.noop)
            flow = [start >> charge, charge.on("odd") >> review, review.on("again").rewind(start)]


def test_a_rewind_is_not_an_incoming_edge_of_its_target() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.noop, after=[a])
        review = approval()
        flow = [b >> review >> complete, review.on("rejected").rewind(b)]

    assert Post.blueprint.by_name["b"].join == "all"


def test_after_must_not_contain_a_rewind() -> None:
    with expect_problems("step 'b': its after= contains a chain; name only the steps it depends on"):

        class Post(Workflow):
            a = step(sample_steps.noop)
            b = step(sample_steps.noop, after=[a.on("x").rewind(a)])
            flow = [a >> complete, a.on_error() >> fail]
