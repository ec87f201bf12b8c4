"""The secret paths of a type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

import pytest
from pydantic import BaseModel, Field, RootModel, Secret, SecretBytes, SecretStr

from squid_mesh.definitions.values.secrets import secret_paths

Marked = Annotated[str, Field(json_schema_extra={"sensitive": True})]


class Inner(BaseModel):
    token: SecretStr
    plain: str = ""


class Outer(BaseModel):
    one: Inner
    maybe: Inner | None = None
    items: list[Inner] = []
    by_name: dict[str, Inner] = {}
    pair: tuple[int, Inner]
    raw: SecretBytes | None = None
    number: Secret[int]
    marked: str = Field(default="", json_schema_extra={"sensitive": True})
    unmarked: str = Field(default="", json_schema_extra={"sensitive": False})
    marks: list[Marked] = []


class Tree(BaseModel):
    token: SecretStr
    children: list[Tree] = []


@dataclass
class Held:
    token: SecretStr


class Typed(TypedDict):
    token: SecretStr


class Root(RootModel[list[SecretStr]]):
    pass


def test_secrets_are_found_at_any_depth() -> None:
    assert secret_paths(Outer) == (
        "by_name.*.token",
        "items.*.token",
        "marked",
        "marks.*",
        "maybe.token",
        "number",
        "one.token",
        "pair.*.token",
        "raw",
    )


@pytest.mark.parametrize(
    ("annotation", "paths"),
    [
        (SecretStr, ("",)),
        (SecretStr | None, ("",)),
        (Secret[int], ("",)),
        (Marked, ("",)),
        (Annotated[SecretStr, "note"], ("",)),
        (list[SecretStr], ("*",)),
        (tuple[SecretStr, ...], ("*",)),
        (Held, ("token",)),
        (Typed, ("token",)),
        (Root, ("*",)),
        (Inner | Held | int, ("token",)),
        (Tree, ("token",)),
        (dict, ()),
        (Any, ()),
        (None, ()),
        (type[Inner], ()),
    ],
)
def test_each_kind_of_annotation_is_read(annotation: Any, paths: tuple[str, ...]) -> None:
    assert secret_paths(annotation) == paths
