"""The ``>>`` operator."""

from __future__ import annotations

import pytest

from squid_mesh import Workflow, complete, fail, step
from squid_mesh.definitions.declare.flow import to_fragment
from tests.unit.definitions import sample_steps


class Named:
    a = step(sample_steps.noop)
    b = step(sample_steps.noop)
    c = step(sample_steps.noop)
    d = step(sample_steps.noop)


a, b, c, d = Named.a, Named.b, Named.c, Named.d


def edges(flow: object) -> str:
    """Return the links as ``a-ok-b``, sorted."""
    fragment = to_fragment(flow)
    assert not fragment.errors
    return " ".join(
        sorted(f"{link.exit.node.name}-{link.exit.outcome}-{link.target.name}" for link in fragment.links)
    )


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        (a, ""),
        (a >> b, "a-ok-b"),
        (a >> b >> c, "a-ok-b b-ok-c"),
        (a >> [b, c] >> d, "a-ok-b a-ok-c b-ok-d c-ok-d"),
        ([b, c] >> d, "b-ok-d c-ok-d"),
        ((b, c) >> d, "b-ok-d c-ok-d"),
        (a >> [b >> c, d], "a-ok-b a-ok-d b-ok-c"),
        ([a >> b, c] >> d, "a-ok-b b-ok-d c-ok-d"),
        (a >> [[b, c], d], "a-ok-b a-ok-c a-ok-d"),  # type: ignore[list-item]
        ([a, b] >> (c >> d), "a-ok-c b-ok-c c-ok-d"),
        (a.on("x") >> b, "a-x-b"),
        (a >> b.on("x") >> c, "a-ok-b b-x-c"),
        (a >> [b.on("x"), c] >> d, "a-ok-b a-ok-c b-x-d c-ok-d"),
        ([a.on("x"), b.on("y")] >> c, "a-x-c b-y-c"),
        (a.on_error() >> b, "a-error-b"),
        (a >> complete, "a-ok-complete"),
        (a.on("x") >> fail, "a-x-fail"),
        (a >> [b >> complete, c] >> d, "a-ok-b a-ok-c b-ok-complete c-ok-d"),
        ([a >> b, c.on("x") >> d], "a-ok-b c-x-d"),
        (b.on("x").rewind(a), "b-x-a"),
        (a >> b >> c.on("x").rewind(a), "a-ok-b b-ok-c c-x-a"),
        ([b.on("x"), c.on_error()] >> d.on("y").rewind(a), "b-x-d c-error-d d-y-a"),
    ],
)
def test_operands_are_composed_tails_to_heads(flow: object, expected: str) -> None:
    assert edges(flow) == expected


def test_an_edge_keeps_its_recovery() -> None:
    (link,) = (a.on_error(recovery="undo") >> b).links
    assert link.exit.recovery == "undo"


def test_a_rewind_keeps_its_max_visits() -> None:
    (link,) = b.on("x").rewind(a, max_visits=3).links
    assert link.rewind is not None
    assert link.rewind.max_visits == 3
    (link,) = (a >> b).links
    assert link.rewind is None


def test_a_rewind_ends_its_chain() -> None:
    assert b.on("x").rewind(a).tails == ()
    assert b.on("x").rewind(a).heads == (b,)


def test_the_tails_of_a_chain_are_its_last_steps() -> None:
    assert [tail.node.name for tail in (a >> [b, c]).tails] == ["b", "c"]
    assert (a >> complete).tails == ()


@pytest.mark.parametrize(
    ("flow", "error"),
    [
        (complete >> a, "continues after complete, fail or a rewind"),
        (a >> fail >> b, "continues after complete, fail or a rewind"),
        (a.on("x").rewind(b) >> c, "continues after complete, fail or a rewind"),
        ((a >> complete).rewind(b), "continues after complete, fail or a rewind"),
        (a.on("x").rewind(b).rewind(c), "continues after complete, fail or a rewind"),
        (b.on("x").rewind(complete), "rewinds to complete, which is not a step; pass the step to go back to"),  # type: ignore[arg-type]
        (b.on("x").rewind("a"), "rewinds to 'a', which is not a step"),  # type: ignore[arg-type]
        (a >> [], "contains an empty list"),
        (a >> sample_steps.noop, "which is not a step"),  # type: ignore[operator]
        ([a, "b"] >> c, "contains 'b', which is not a step; write the attribute b without quotes"),  # type: ignore[operator]
        (sample_steps.noop >> a, "which is not a step"),  # type: ignore[operator]
        ([None], "contains None, which is not a step"),
    ],
)
def test_an_operand_that_is_not_a_step_is_an_error(flow: object, error: str) -> None:
    assert [error in found for found in to_fragment(flow).errors] == [True]


def test_every_step_in_a_flow_is_found_once() -> None:
    assert sorted(str(node.name) for node in to_fragment([a >> b, b >> c, d]).nodes) == ["a", "b", "c", "d"]


def test_a_flow_may_contain_only_routes_of_a_step() -> None:
    class Post(Workflow):
        check = step(sample_steps.noop)
        notify = step(sample_steps.other)
        flow = check.on("late") >> notify

    assert Post.blueprint.entries == ("check",)
