"""The keys that a return annotation shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Never

import pytest
from pydantic import RootModel

from squid_mesh import Outcome
from squid_mesh.definitions.compiler.keys import find_merged_keys, find_unmergeable
from tests.unit.definitions import sample_steps


@pytest.mark.parametrize(
    ("annotation", "keys"),
    [
        (None, set()),
        (Never, set()),
        (sample_steps.Feed, {"title", "items"}),
        (sample_steps.Feed | None, {"title", "items"}),
        (sample_steps.Feed | sample_steps.Digest, {"title", "items", "text"}),
        (Annotated[sample_steps.Digest | None, "note"], {"text"}),
        (sample_steps.Point, {"x", "y"}),
        (sample_steps.Loose, None),
        (RootModel[dict[str, int]], None),
        (dict[str, int], None),
        (Any, None),
        (Outcome, None),
        (sample_steps.Feed | Outcome, None),
        (sample_steps.Shape, None),
    ],
)
def test_the_fields_of_the_annotation_are_the_keys(annotation: Any, keys: set[str] | None) -> None:
    assert find_merged_keys(annotation) == keys


@pytest.mark.parametrize(
    ("annotation", "kinds"),
    [
        (int, ["int"]),
        (list[int] | None, ["list"]),
        (tuple[int, ...] | str, ["tuple", "str"]),
        (Literal["a"], ["Literal"]),
        (Annotated[bytes, "note"], ["bytes"]),
        (sample_steps.Feed | None, []),
        (dict[str, int], []),
        (object, []),
    ],
)
def test_unmergeable_types_are_listed(annotation: Any, kinds: list[str]) -> None:
    assert find_unmergeable(annotation) == kinds
