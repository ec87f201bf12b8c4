"""The compiled graph."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from squid_mesh import Workflow, complete, cron, step
from squid_mesh.definitions.blueprint import FORMAT, Blueprint, Edge, StepBlueprint
from tests.unit.definitions import sample_steps


def blueprint(*edges: str) -> Blueprint:
    """Edges as ``a-ok-b``, rewinds as ``b-x-<a``."""
    made = [
        Edge(source=s, outcome=o, target=t.removeprefix("<"), rewind=t.startswith("<"))
        for s, o, t in (edge.split("-") for edge in edges)
    ]
    names = sorted({name for edge in made for name in (edge.source, edge.target)} - {"complete"})
    return Blueprint(
        workflow="shop.Order",
        steps=tuple(StepBlueprint(name=name, target="m:f") for name in names),
        edges=tuple(made),
    )


def test_ancestors_come_in_topological_order() -> None:
    assert blueprint("b-ok-a", "a-ok-c", "c-x-d").ancestors == {
        "a": ("b",),
        "b": (),
        "c": ("b", "a"),
        "d": ("b", "a", "c"),
    }


@pytest.mark.parametrize(
    ("edges", "sequential"),
    [
        (("a-ok-b", "b-ok-c"), True),
        (("a-ok-b", "a-error-c"), True),
        (("a-ok-b", "a-ok-c"), False),
        (("a-ok-c", "b-ok-c"), False),
        (("a-ok-b", "b-x-<a"), False),
    ],
)
def test_a_run_is_sequential_if_no_outcome_has_two_targets(edges: tuple[str, ...], sequential: bool) -> None:
    assert blueprint(*edges).is_sequential is sequential


def test_edges_are_found_by_both_ends() -> None:
    made = blueprint("a-ok-b", "b-ok-complete")
    assert [edge.target for edge in made.outgoing["b"]] == ["complete"]
    assert [edge.source for edge in made.incoming["b"]] == ["a"]


def test_a_rewind_leaves_its_source_and_orders_nothing() -> None:
    made = blueprint("a-ok-b", "b-ok-c", "c-x-<b", "c-ok-complete")
    plain = blueprint("a-ok-b", "b-ok-c", "c-ok-complete")
    assert [(edge.outcome, edge.target) for edge in made.outgoing["c"]] == [("x", "b"), ("ok", "complete")]
    assert made.incoming == plain.incoming
    assert made.order == plain.order
    assert made.ancestors == plain.ancestors
    assert made.entries == plain.entries


def test_a_trigger_is_found_by_name() -> None:
    class Post(Workflow):
        nightly = cron("0 0 * * *")
        go = step(sample_steps.noop)
        flow = go >> complete

    found = Post.blueprint.trigger("nightly")
    assert found is not None
    assert found.cron == "0 0 * * *"
    assert Post.blueprint.trigger("daily") is None


def test_the_fingerprint_changes_with_anything_in_the_graph() -> None:
    one = blueprint("a-ok-b")
    assert one.fingerprint == blueprint("a-ok-b").fingerprint
    assert one.fingerprint != blueprint("a-error-b").fingerprint
    assert len(one.fingerprint) == 64


def test_a_blueprint_never_changes() -> None:
    with pytest.raises(ValidationError):
        blueprint("a-ok-b").workflow = "other"  # type: ignore[misc]


def _structure(model: type[BaseModel], known: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The fields of the model, and of those in it, with their types."""
    if model.__name__ not in known:
        known[model.__name__] = {}
        for name, field in model.model_fields.items():
            known[model.__name__][name] = _type(field.annotation, known)
    return known


def _type(annotation: Any, known: dict[str, dict[str, str]]) -> str:
    """The type as every Python version writes it alike."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        _structure(annotation, known)
    if get_origin(annotation) is Literal:
        return " | ".join(sorted(map(repr, get_args(annotation))))
    if parts := [_type(part, known) for part in get_args(annotation)]:
        return f"({', '.join(sorted(parts))})"
    return str(getattr(annotation, "__name__", annotation))


def test_a_changed_structure_has_a_format_of_its_own() -> None:
    """A process of an earlier version must be able to read the new structure, or be kept from it.

    Raise ``FORMAT`` if ignoring the change would change what a run does. Then write the new digest here.
    """
    text = json.dumps(_structure(Blueprint, {}), sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    assert {FORMAT: digest} == {1: "98a99fa1450c"}, text
