"""Which keys a return annotation tells of."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Never

import pytest
from pydantic import RootModel

from squid_mesh import Outcome
from squid_mesh.definitions.compiler.keys import find_merged_keys, find_unmergeable
from tests.unit.definitions import zoo


@pytest.mark.parametrize(
    ("annotation", "keys"),
    [
        (None, set()),
        (Never, set()),
        (zoo.Feed, {"title", "items"}),
        (zoo.Feed | None, {"title", "items"}),
        (zoo.Feed | zoo.Digest, {"title", "items", "text"}),
        (Annotated[zoo.Digest | None, "note"], {"text"}),
        (zoo.Point, {"x", "y"}),
        (zoo.Loose, None),
        (RootModel[dict[str, int]], None),
        (dict[str, int], None),
        (Any, None),
        (Outcome, None),
        (zoo.Feed | Outcome, None),
        (zoo.Shape, None),
    ],
)
def test_keys_are_known_where_the_annotation_names_them(annotation: Any, keys: set[str] | None) -> None:
    assert find_merged_keys(annotation) == keys


@pytest.mark.parametrize(
    ("annotation", "kinds"),
    [
        (int, ["int"]),
        (list[int] | None, ["list"]),
        (tuple[int, ...] | str, ["tuple", "str"]),
        (Literal["a"], ["Literal"]),
        (Annotated[bytes, "note"], ["bytes"]),
        (zoo.Feed | None, []),
        (dict[str, int], []),
        (object, []),
    ],
)
def test_what_is_clearly_no_mapping_is_named(annotation: Any, kinds: list[str]) -> None:
    assert find_unmergeable(annotation) == kinds
