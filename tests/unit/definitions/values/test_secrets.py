"""The secret paths of a type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, NewType, NotRequired, Required, TypeVar

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    Field,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    computed_field,
    create_model,
)
from typing_extensions import ReadOnly, TypeAliasType, TypedDict

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


class Parent(BaseModel):
    child: Child | None = None
    name: str = ""


class Child(BaseModel):
    parent: Parent | None = None
    token: SecretStr


class Everything(TypedDict, total=False):
    a: Required[SecretStr]
    b: NotRequired[SecretStr | None]
    c: ReadOnly[SecretBytes]
    d: NotRequired[ReadOnly[Secret[int]]]
    more: NotRequired[Everything]
    plain: NotRequired[str]


Nested = TypeAliasType("Nested", "SecretStr | dict[str, Nested]")
Chain = TypeAliasType("Chain", "list[Child | Chain]")
UserToken = NewType("UserToken", SecretStr)
T = TypeVar("T")


@dataclass
class Box(Generic[T]):
    item: T
    label: str
    more: list[T]


class ModelBox(BaseModel, Generic[T]):
    item: T
    label: str


class Pair(NamedTuple):
    user: str
    password: SecretStr


class Computed(BaseModel):
    plain: str

    @computed_field  # type: ignore[prop-decorator]
    @property
    def token(self) -> SecretStr:
        return SecretStr(self.plain)


class Renamed(BaseModel):
    token: SecretStr = Field(validation_alias=AliasChoices("tok", AliasPath("tokens", 0)))  # type: ignore[pydantic-alias]
    other: SecretStr = Field(alias="Other")


def test_secrets_are_found_at_any_depth() -> None:
    assert secret_paths(Outer) == (
        "by_name.*.token",
        "items.*.token",
        "marked",
        "marks.*",
        "maybe.token",
        "number",
        "one.token",
        "pair.1.token",
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
        (Tree, ("children.*.**.token", "token")),
        (Parent, ("child.parent.**.token", "child.token")),
        (Parent | None, ("child.parent.**.token", "child.token")),
        (Everything, ("a", "b", "c", "d", "more.**.a", "more.**.b", "more.**.c", "more.**.d")),
        (Nested, ("", "*")),
        (Chain, ("*.parent.child.**.token", "*.**.token", "*.token")),
        (Box[SecretStr], ("item", "more.*")),
        (ModelBox[SecretStr], ("item",)),
        (Pair, ("1",)),
        (tuple[str, SecretStr], ("1",)),
        (dict[SecretStr, int], ("",)),
        (dict[str, dict[str, SecretStr]], ("*.*",)),
        (set[SecretStr], ("*",)),
        (UserToken, ("",)),
        (list[Annotated[Child, ["no hash"]]], ("*.parent.child.**.token", "*.token")),
        (Computed, ("token",)),
        (TypeVar("Bound", bound=Inner), ("token",)),
        (Callable[[SecretStr], int], ()),
        (dict, ()),
        (Any, ()),
        (None, ()),
        (type[Inner], ()),
    ],
)
def test_each_kind_of_annotation_is_read(annotation: Any, paths: tuple[str, ...]) -> None:
    assert secret_paths(annotation) == tuple(sorted(paths))


def test_the_paths_of_input_name_the_aliases_too() -> None:
    assert secret_paths(Renamed, by_alias=True) == ("Other", "other", "tok", "token", "tokens")


def test_models_that_all_refer_to_each_other_are_read_by_name_and_quickly() -> None:
    names = [f"Model{number}" for number in range(15)]
    links: Any = {name.lower(): (f"{name} | None", None) for name in names}
    models: Any = {}
    for name in names:
        fields: Any = {**links, f"token_{name}": (SecretStr, ...)}
        models[name] = create_model(name, **fields)
    for model in models.values():
        model.model_rebuild(_types_namespace=models)
    assert secret_paths(models["Model0"]) == tuple(sorted(f"**.token_{name}" for name in names))
