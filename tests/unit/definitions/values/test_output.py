"""Conversion of values to stored JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    PlainSerializer,
    RootModel,
    Secret,
    SecretBytes,
    SecretStr,
    TypeAdapter,
    computed_field,
)

from squid_mesh.definitions.values.output import OutputError, dump_value
from tests.unit.definitions import sample_steps


class Vault(BaseModel):
    one: SecretStr
    many: list[SecretStr] = []
    by_name: dict[str, SecretStr] = {}
    raw: SecretBytes = SecretBytes(b"raw")
    number: Secret[int] = Secret(7)
    some: set[SecretStr] = set()
    inner: sample_steps.Credentials = sample_steps.Credentials()


@dataclass
class Held:
    token: SecretStr


class Size(Enum):
    SMALL = 1


def test_secrets_are_stored_in_plain_text() -> None:
    stored = dump_value(
        Vault(
            one=SecretStr("a"),
            many=[SecretStr("b")],
            by_name={"c": SecretStr("d")},
            some={SecretStr("e")},
        )
    )
    assert stored == {
        "one": "a",
        "many": ["b"],
        "by_name": {"c": "d"},
        "raw": "raw",
        "number": 7,
        "some": ["e"],
        "inner": {"user": "squid", "token": "ink"},
    }


@pytest.mark.parametrize(
    "value",
    [
        SecretStr("ink"),
        [SecretStr("ink")],
        (SecretStr("ink"),),
        {"token": SecretStr("ink")},
        {"deep": [{"token": SecretStr("ink")}]},
        {"held": Held(SecretStr("ink"))},
        Held(SecretStr("ink")),
        RootModel[SecretStr](SecretStr("ink")),
    ],
)
def test_a_secret_is_found_wherever_it_is(value: Any) -> None:
    stored = dump_value(value)
    assert "ink" in str(stored)
    assert "*" not in str(stored)


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (None, None),
        ({1: date(2026, 11, 22)}, {"1": "2026-11-22"}),
        ((1, 2), [1, 2]),
        ({"a": Decimal("1.10")}, {"a": "1.10"}),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (timedelta(seconds=90), "PT1M30S"),
        (Size.SMALL, 1),
        (sample_steps.Point(1, 2), {"x": 1, "y": 2}),
        (b"bytes", "bytes"),
        ("é 🦑", "é 🦑"),
    ],
)
def test_ordinary_values_get_their_json_form(value: Any, stored: Any) -> None:
    assert dump_value(value) == stored


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (object(), "object"),
        ({"a": [object()]}, "object"),
        (math.nan, "nan is not a JSON number"),
        ({"a": math.inf}, "inf is not a JSON number"),
        ([-math.inf], "-inf is not a JSON number"),
        ("a\x00b", "NUL"),
        ({"a\x00b": 1}, "NUL"),
        ("\ud800", "surrogates"),
        (b"\xff", "utf"),
        (SecretBytes(b"\xff"), "utf"),
        (SecretStr("\x00"), "NUL"),
        (lambda: None, "function"),
    ],
)
def test_a_value_without_a_json_form_is_rejected(value: Any, reason: str) -> None:
    with pytest.raises(OutputError, match=reason):
        dump_value(value)


def test_a_value_that_contains_itself_is_rejected() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(OutputError):
        dump_value(loop)


def test_nan_in_a_model_is_rejected_too() -> None:
    class Measure(BaseModel):
        value: float

    with pytest.raises(OutputError):
        dump_value(Measure(value=math.nan))


def test_the_annotation_serializes() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[int, PlainSerializer(lambda value: f"<{value}>")])
    assert dump_value(5, adapter) == "<5>"


def test_a_value_that_is_not_what_was_annotated_is_still_stored() -> None:
    assert dump_value({"a": 1}, TypeAdapter(sample_steps.Feed)) == {"a": 1}
    assert dump_value(sample_steps.Point(), TypeAdapter(sample_steps.Feed | None)) == {"x": 0, "y": 0}


def test_a_model_other_than_the_annotated_one_loses_nothing() -> None:
    assert dump_value(sample_steps.Digest(text="long"), TypeAdapter(sample_steps.Feed)) == {"text": "long"}


def test_a_custom_field_serializer_is_used() -> None:
    class Price(BaseModel):
        amount: Annotated[float, PlainSerializer(lambda value: f"{value:.2f}", when_used="json")]

    assert dump_value(Price(amount=1.5)) == {"amount": "1.50"}


def test_what_is_stored_validates_again() -> None:
    class Order(BaseModel):
        model_config = ConfigDict(extra="forbid")

        net: int = Field(alias="netAmount")
        raw: Json[dict[str, int]]

        @computed_field
        def gross(self) -> int:
            return self.net * 2

    order = Order.model_validate({"netAmount": 1, "raw": '{"a": 1}'})
    stored = dump_value(order)
    assert stored == {"net": 1, "raw": '{"a":1}'}
    assert Order.model_validate(stored, by_name=True) == order


def test_keys_that_would_be_equal_are_rejected() -> None:
    with pytest.raises(OutputError, match="two keys of a mapping are equal in JSON"):
        dump_value({1: "a", "1": "b"})
    assert dump_value({1: "a", 2: "b"}) == {"1": "a", "2": "b"}


def test_keys_are_in_the_order_of_the_databases() -> None:
    assert list(dump_value({"bb": 1, "é": 2, "a": {"d": 1, "c": 2}, "ccc": 3})) == ["a", "bb", "é", "ccc"]
    assert list(dump_value({"a": {"d": 1, "c": 2}})["a"]) == ["c", "d"]


@pytest.mark.parametrize(
    ("given", "stored"), [(1e25, 10**25), (-1e16, -(10**16)), (-0.0, 0.0), (1.0, 1.0), (1e-9, 1e-9)]
)
def test_numbers_are_stored_as_every_database_returns_them(given: float, stored: float) -> None:
    found = dump_value(given)
    assert (repr(found), float(found)) == (repr(stored), given)
