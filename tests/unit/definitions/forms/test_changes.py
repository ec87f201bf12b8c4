"""What has changed in a form since people were asked for it."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field

from squid_mesh.definitions.forms.changes import list_changes, merge_schemas, order_fields


class Size(Enum):
    S = "s"
    M = "m"


class Node(BaseModel):
    children: list[Node] = []


class Asked(BaseModel):
    """What people were asked for."""

    size: Size
    node: Node = Node()
    note: str = Field("", description="Anything else")
    limit: int = Field(1, le=5)


def stored(model: type[BaseModel]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(model.model_json_schema()))
    return found


def test_another_docstring_title_and_order_are_no_change() -> None:
    class Now(BaseModel):
        """Explained in other words."""

        note: str = Field("", title="Remark", examples=["none"])
        limit: int = Field(1, le=5)
        size: Size
        node: Node = Node()

    assert list_changes(stored(Asked), Now) == ()


def test_each_change_is_one_clause() -> None:
    class Now(BaseModel):
        size: Literal["m", "l"] = "m"
        note: str
        limit: int = Field(1, le=9)
        added: int = 0
        needed: int

    assert list_changes(stored(Asked), Now) == (
        "field added was added",
        "required field needed was added",
        "field size was changed (choice 's' was removed, choice 'l' was added)",
        "field size is no longer required",
        "field note was changed",
        "field note is now required",
        "field limit was changed",
        "field node was removed",
    )


def test_fields_are_in_the_order_of_the_form_whatever_order_the_database_returns() -> None:
    asked = stored(Asked)
    shuffled = {**asked, "properties": dict(sorted(asked["properties"].items()))}
    assert list(order_fields(shuffled, Asked)["properties"]) == ["size", "node", "note", "limit"]


def test_a_changed_model_inside_a_field_is_a_change() -> None:
    class Before(BaseModel):
        line: Node

    class Inner(BaseModel):
        children: list[str] = []

    class After(BaseModel):
        line: Inner

    assert list_changes(stored(Before), After) == ("field line was changed",)


def test_a_field_is_found_by_its_name_and_by_each_alias() -> None:
    class Now(BaseModel):
        large: Size = Field(validation_alias="size")
        node: Node = Field(Node(), validation_alias="root")
        note: str = Field("", validation_alias=AliasChoices(AliasPath("note", 0), "remark"))  # type: ignore[pydantic-alias]
        limit: int = Field(1, le=5)

    assert list_changes(stored(Asked), Now) == ()
    assert list(merge_schemas(stored(Asked), Now)["properties"]) == ["size", "node", "note", "limit"]


def test_a_removed_field_keeps_its_definitions_apart_and_is_not_required() -> None:
    class Before(BaseModel):
        size: Size
        node: Node

    class Now(BaseModel):
        class Size(Enum):
            XL = "xl"

        big: Size

    merged = merge_schemas(stored(Before), Now)
    assert merged["required"] == ["big"]
    assert merged["properties"]["size"] == {"$ref": "#/$defs/stored:Size"}
    assert merged["$defs"]["stored:Size"]["enum"] == ["s", "m"]
    assert merged["$defs"]["stored:Node"]["properties"]["children"]["items"] == {
        "$ref": "#/$defs/stored:Node"
    }
    assert merged["$defs"]["Size"]["const" if "const" in merged["$defs"]["Size"] else "enum"] in (
        "xl",
        ["xl"],
    )


@pytest.mark.parametrize("schema", [{}, {"properties": {}}, {"properties": {"a": {"$ref": "#/$defs/Gone"}}}])
def test_a_stored_schema_that_lacks_parts_is_read(schema: dict[str, Any]) -> None:
    assert "required field size was added" in list_changes(schema, Asked)
    assert "size" in merge_schemas(schema, Asked)["properties"]
