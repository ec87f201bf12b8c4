"""Workflows made by chance, the same for the same seed."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from squid_mesh.definitions.blueprint import COMPLETE, FAIL, Blueprint, Edge, StepBlueprint
from squid_mesh.definitions.choices import Join

_JOINS: tuple[Join, ...] = ("any", "any", "all", "first")
_OUTCOMES = ("ok", "ok", "ok", "ok", "error", "late", "changes_requested")


def blueprint(*names: str, edges: list[Edge] | None = None) -> Blueprint:
    """A workflow of steps that do nothing."""
    return Blueprint(
        workflow="shop.Order",
        steps=tuple(StepBlueprint(name=name, target="shop.steps:act") for name in names),
        edges=tuple(edges or ()),
    )


def edge(source: str, target: str, outcome: str = "ok") -> Edge:
    return Edge(source=source, outcome=outcome, target=target)


def chain(*names: str) -> Blueprint:
    """Each step after the one before."""
    return blueprint(*names, edges=[edge(a, b) for a, b in pairwise(names)])


def by_chance(count: int, seed: int) -> Blueprint:
    """A workflow of that many steps, with labels, ends, joins and ways back."""
    random = Random(seed)
    names = [f"{'long_' * random.choice((0, 0, 1, 5))}name_{i}" for i in range(count)]
    density, reach = random.choice((0.1, 0.35, 0.9)), random.choice((3, 6, count))
    edges: dict[Edge, None] = {}
    for i in range(1, count):
        for _ in range(random.choice((0, 1, 1, 1)) + (random.random() < density)):
            source = names[random.randrange(max(0, i - reach), i)]
            edges[edge(source, names[i], random.choice(_OUTCOMES))] = None
    for name in names:
        if random.random() < 0.1:
            edges[edge(name, random.choice((COMPLETE, FAIL)), "stop")] = None
    steps = tuple(
        StepBlueprint(
            name=name,
            target="shop.steps:act",
            join=random.choice(_JOINS),
            when="shop.rules:open" if random.random() < 0.2 else None,
            irreversible=random.random() < 0.2,
        )
        for name in names
    )
    forward = Blueprint(workflow="shop.Order", steps=steps, edges=tuple(edges))
    later = [name for name in names if forward.ancestors[name]]
    for source in random.sample(later, min(len(later), count // 12)):
        target = random.choice(forward.ancestors[source])
        edges[Edge(source=source, outcome="again", target=target, rewind=True, max_visits=3)] = None
    return forward.model_copy(update={"edges": tuple(edges)})
