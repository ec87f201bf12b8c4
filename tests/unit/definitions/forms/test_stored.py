"""Answers that are checked by a stored schema are accepted and rejected as by the model it was made from."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from pydantic import AnyUrl, BaseModel, Field, ValidationError

from squid_mesh.definitions.forms.stored import check_answers, check_field


class Line(BaseModel):
    sku: str = Field(pattern=r"^[A-Z]{2}\d+$")
    parts: list[Line] = []


class Form(BaseModel):
    number: int = Field(0, ge=0, lt=50, multiple_of=5)
    amount: Decimal = Decimal(1)
    ratio: float = Field(0.5, gt=0, le=1)
    note: str = Field("", max_length=5)
    code: str = Field("abc", min_length=2)
    letter: Annotated[str, Field(pattern=r"^\p{Lu}")] = "A"
    choice: Literal["a", "b", 3] = "a"
    flag: bool = False
    maybe: int | None = None
    either: int | str = 1
    day: dt.date = dt.date(2026, 1, 1)
    moment: dt.datetime | None = None
    key: UUID | None = None
    link: AnyUrl | None = None
    lines: list[Line] = Field([], max_length=2)
    pair: tuple[int, str] = (1, "x")
    limits: dict[str, Annotated[int, Field(le=9)]] = {}


SCHEMA = json.loads(json.dumps(Form.model_json_schema()))

VALUES: dict[str, list[Any]] = {
    "number": [0, 45, 50, -5, 7, "x", None, True, []],
    "amount": [1, "1.50", [], None],
    "ratio": [1, 0, 0.5, 1.01, "x"],
    "note": ["abcde", "abcdef", 1, None],
    "code": ["a", "ab"],
    "letter": ["Ä", "ä"],
    "choice": ["a", 3, "c", 4],
    "flag": [True, [], None],
    "maybe": [None, 1, "x"],
    "either": [1, "x", [], None],
    "day": ["2026-02-28", "2026-02-30", "soon", None],
    "moment": [None, "2026-02-28T10:00:00Z", "noon"],
    "key": [None, str(UUID(int=5)), "5"],
    "link": ["https://example.com/a", "no link"],
    "lines": [
        [],
        [{"sku": "AB1", "parts": [{"sku": "CD2"}]}],
        [{"sku": "AB1", "parts": [{"sku": "bad"}]}],
        [{}],
        [{"sku": "x"}],
        [{"sku": "AB1"}] * 3,
    ],
    "pair": [[1, "x"], ["x", 1], [1], [1, "x", 2]],
    "limits": [{"a": 9}, {"a": 10}, {"a": "x"}, []],
    "nite": ["x"],
}
CASES: list[dict[str, Any]] = [{}, *({name: value} for name, values in VALUES.items() for value in values)]


def fits_model(answers: dict[str, Any]) -> bool:
    try:
        Form.model_validate_json(json.dumps(answers), extra="forbid")
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("answers", CASES, ids=str)
def test_the_schema_accepts_what_the_model_accepts(answers: dict[str, Any]) -> None:
    filled, errors = check_answers(SCHEMA, answers)
    assert (not errors) is fits_model(answers), errors
    if not errors:
        assert filled["code"] == answers.get("code", "abc")


def test_an_error_says_where_and_what() -> None:
    _, errors = check_answers(SCHEMA, {"lines": [{"sku": "AB1", "parts": [{}]}], "number": 51, "nite": ""})
    assert errors == {
        "lines.0.parts.0.sku": ["Field required"],
        "number": ["Input should be less than 50", "Input should be a multiple of 5"],
        "nite": ["unknown field (did you mean 'note'?)"],
    }


def test_answers_that_are_no_object_are_an_error() -> None:
    assert check_answers(SCHEMA, [])[1] == {"__all__": ["Input should be a valid dictionary"]}


def test_one_field_is_checked_with_the_paths_below_it() -> None:
    assert check_field(SCHEMA, "lines", [{"sku": "x"}]) == [
        r"0.sku: String should match pattern '^[A-Z]{2}\d+$'"
    ]
    assert check_field(SCHEMA, "note", "fine") == []


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": ["integer", "null"]}, None, True),
        ({"type": ["integer", "null"]}, "x", False),
        ({"const": 1}, True, False),
        ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, 4, False),
        ({"not": {"type": "string"}}, "x", False),
        ({"uniqueItems": True}, [1, True, 1.5], True),
        ({"uniqueItems": True}, [1, 2, 1], False),
        ({"minItems": 1}, [], False),
        ({"minProperties": 1, "maxProperties": 1}, {"a": 1}, True),
        ({"minProperties": 2}, {"a": 1}, False),
        ({"maxProperties": 0}, {"a": 1}, False),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1}, False),
        ({"patternProperties": {"^a": {"type": "integer"}}}, {"ab": "x"}, False),
        ({"format": "email"}, "ada@example.com", True),
        ({"format": "email"}, "ada", False),
        ({"pattern": "(?<=a)b"}, "ab", True),
        ({"pattern": "(?<=a)b"}, "b", False),
        ({"pattern": "("}, "b", False),
    ],
)
def test_keywords(schema: dict[str, Any], value: Any, fits: bool) -> None:
    whole = {"properties": {"x": schema}}
    assert (check_field(whole, "x", value) == []) is fits
