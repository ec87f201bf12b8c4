"""Nested models with secrets at random places: no masked value shows one, and steps get the same value."""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any, NamedTuple

import pydantic_core
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Secret, SecretBytes, SecretStr, TypeAdapter, create_model

from squid_mesh.definitions.values.carried import find_carried
from squid_mesh.definitions.values.output import dump_value
from squid_mesh.definitions.values.paths import parse_paths, replace_at
from squid_mesh.definitions.values.secrets import secret_paths
from squid_mesh.engine.secret_paths import locate_secrets

MASK = "****"
NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta"])


class Shape(NamedTuple):
    """A type, and a value of it."""

    kind: Any
    value: Any


def secret_shapes(number: int) -> list[Shape]:
    text = f"secret-{number:06}"
    return [
        Shape(SecretStr, SecretStr(text)),
        Shape(SecretBytes, SecretBytes(text.encode())),
        Shape(Secret[str], Secret[str](text)),
    ]


plain_shapes = st.one_of(
    st.integers(0, 9).map(lambda value: Shape(int, value)),
    st.text("xyz", max_size=5).map(lambda value: Shape(str, value)),
    st.none().map(lambda value: Shape(int | None, value)),
)
leaves = st.one_of(
    plain_shapes, st.integers(0, 999_999).flatmap(lambda number: st.sampled_from(secret_shapes(number)))
)


def make_model(members: dict[str, Shape]) -> Shape:
    fields: Any = {name: (shape.kind, ...) for name, shape in members.items()}
    model = create_model("Made", **fields)
    return Shape(model, model(**{name: shape.value for name, shape in members.items()}))


def make_record(members: dict[str, Shape]) -> Shape:
    kind = make_dataclass("Record", [(name, shape.kind) for name, shape in members.items()])
    return Shape(kind, kind(**{name: shape.value for name, shape in members.items()}))


def grow(inner: st.SearchStrategy[Shape]) -> st.SearchStrategy[Shape]:
    members = st.dictionaries(NAMES, inner, min_size=1, max_size=3)
    return st.one_of(
        members.map(make_model),
        members.map(make_record),
        inner.map(lambda shape: Shape(list[shape.kind], [shape.value, shape.value])),
        inner.map(lambda shape: Shape(dict[str, shape.kind], {"a.b": shape.value, "*": shape.value})),
        st.tuples(inner, inner).map(
            lambda pair: Shape(tuple[pair[0].kind, pair[1].kind], (pair[0].value, pair[1].value))
        ),
    )


shapes = st.recursive(leaves, grow, max_leaves=12)


@given(shapes)
def test_no_masked_value_shows_a_secret_and_a_step_gets_the_same_value(shape: Shape) -> None:
    adapter = TypeAdapter(shape.kind)
    carried = find_carried(shape.value)
    typed = dump_value(shape.value, adapter)
    untyped = dump_value(shape.value)
    recorded = [tuple(path) for path in locate_secrets(typed, carried) or ()]
    declared = parse_paths(secret_paths(shape.kind))
    for stored, paths in ((typed, recorded), (typed, declared), (untyped, recorded)):
        assert "secret-" not in str(replace_at(stored, paths, lambda name: False, MASK))
    assert bool(carried.texts) == ("secret-" in str(typed))
    assert adapter.validate_json(pydantic_core.to_json(typed)) == shape.value


@given(shapes)
def test_a_value_without_secrets_has_no_paths(shape: Shape) -> None:
    carried = find_carried(shape.value)
    stored = dump_value(shape.value)
    assert (locate_secrets(stored, carried) is None) == ("secret-" not in str(stored))
