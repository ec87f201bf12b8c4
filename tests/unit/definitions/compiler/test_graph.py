"""The graph of step names: what precedes, excludes and supplies what."""

from __future__ import annotations

import pytest

from squid_mesh.definitions.blueprint import Edge
from squid_mesh.definitions.choices import Join
from squid_mesh.definitions.compiler.graph import Graph


def graph(*edges: str, **joins: Join) -> Graph:
    """Return a graph from edges such as ``a-ok-b``. Joins are ``any`` by default."""
    made = [Edge(source=s, outcome=o, target=t) for s, o, t in (edge.split("-") for edge in edges)]
    names = sorted({edge.source for edge in made} | {edge.target for edge in made} - {"complete", "fail"})
    return Graph({name: joins.get(name, "any") for name in names}, made)


DIAMOND = ("a-ok-b", "a-ok-c", "b-ok-d", "c-ok-d")


def test_the_steps_of_every_path_precede_a_step() -> None:
    assert graph(*DIAMOND).before["d"] == {"a", "b", "c"}


def test_the_ancestors_are_the_steps_of_all_paths() -> None:
    assert graph(*DIAMOND, d="first").ancestors == {
        "a": set(),
        "b": {"a"},
        "c": {"a"},
        "d": {"a", "b", "c"},
    }


def test_after_join_first_only_the_steps_on_every_path_are_finished() -> None:
    assert graph(*DIAMOND, d="first").before["d"] == {"a"}


@pytest.mark.parametrize(
    ("edges", "joins", "parallel"),
    [
        (("a-ok-b", "a-ok-c"), {}, True),
        (("a-ok-b", "b-ok-c"), {}, False),
        (("a-ok-b", "a-error-c"), {}, False),
        (("a-x-b", "a-y-c"), {}, False),
        (("a-x-m", "m-ok-b", "a-y-c"), {}, False),
        (("a-x-b", "a-y-c", "a-y-b"), {}, True),
        (("a-x-b", "a-y-c", "z-ok-b"), {}, True),
        (("a-x-b", "a-y-c", "z-ok-b"), {"b": "all"}, False),
        (("a-x-b", "z-ok-c"), {}, True),
    ],
)
def test_steps_are_parallel_unless_ordered_or_exclusive(
    edges: tuple[str, ...], joins: dict[str, Join], parallel: bool
) -> None:
    assert graph(*edges, **joins).parallel("b", "c") is parallel


def test_a_step_with_join_first_may_run_in_parallel_with_the_other_branches() -> None:
    found = graph(*DIAMOND, d="first")
    assert found.parallel("b", "d")
    assert not graph(*DIAMOND).parallel("b", "d")


def test_a_failed_step_supplies_nothing() -> None:
    found = graph("a-ok-b", "b-error-c")
    assert found.writers["c"] == {"a"}
    assert found.writers["b"] == {"a"}


def test_every_cycle_is_found_once() -> None:
    found = graph("a-ok-b", "b-ok-a", "c-ok-d", "d-ok-e", "e-x-c", "a-ok-c")
    assert sorted(sorted(set(path)) for path in found.cycles) == [["a", "b"], ["c", "d", "e"]]
    assert all(path[0] == path[-1] for path in found.cycles)
    assert not found.acyclic


def test_a_self_edge_is_not_a_cycle_but_not_acyclic_either() -> None:
    found = graph("a-x-a")
    assert found.cycles == []
    assert not found.acyclic


def test_complete_and_fail_are_not_steps() -> None:
    found = graph("a-ok-complete", "a-error-fail")
    assert found.acyclic
    assert found.order == ("a",)
