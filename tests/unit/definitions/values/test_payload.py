"""Validation of payloads."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, field_validator, model_validator

from squid_mesh.definitions.values.payload import EmptyPayload, validate_payload
from squid_mesh.exceptions import PayloadError


class Line(BaseModel):
    sku: str
    count: int = 1


class Payload(BaseModel):
    order_id: int
    feed_url: HttpUrl = "https://example.com/feed.xml"  # type: ignore[assignment]
    posted_on: date = date(2026, 11, 22)
    token: SecretStr = SecretStr("ink")
    lines: list[Line] = []


class StrictPayload(BaseModel):
    model_config = ConfigDict(strict=True)

    on: date


class OpenLine(BaseModel):
    model_config = ConfigDict(extra="allow")


class WithOpenLine(BaseModel):
    line: OpenLine


class Telling(BaseModel):
    """A model whose validators repeat their input."""

    token: SecretStr
    tokens: list[SecretStr] = []
    kind: Literal["a", "b"] = "a"

    @field_validator("token")
    @classmethod
    def repeat(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value().startswith("bad"):
            raise ValueError(f"{token.get_secret_value()} is no token")
        return token

    @model_validator(mode="after")
    def describe(self) -> Telling:
        if self.tokens:
            raise ValueError(f"{self.tokens[0].get_secret_value()} is one too many")
        return self


def state(model: type[BaseModel], data: Any) -> dict[str, Any]:
    return validate_payload(model, data, "shop.Order", "manual").state


def errors(model: type[BaseModel], data: Any) -> dict[str, list[str]]:
    with pytest.raises(PayloadError) as caught:
        state(model, data)
    found: dict[str, list[str]] = caught.value.details["errors"]
    return found


def test_a_payload_becomes_json_with_its_defaults_and_its_secrets() -> None:
    assert state(Payload, {"order_id": "7", "lines": [{"sku": "a"}]}) == {
        "order_id": 7,
        "feed_url": "https://example.com/feed.xml",
        "posted_on": "2026-11-22",
        "token": "ink",
        "lines": [{"sku": "a", "count": 1}],
    }


def test_python_values_are_accepted() -> None:
    given = {"order_id": 7, "posted_on": date(2026, 1, 1), "token": SecretStr("x"), "lines": [Line(sku="a")]}
    made = state(Payload, given)
    assert (made["posted_on"], made["token"], made["lines"][0]["sku"]) == ("2026-01-01", "x", "a")


def test_an_instance_of_the_model_is_accepted() -> None:
    assert state(Payload, Payload(order_id=1))["order_id"] == 1


def test_a_changed_instance_is_validated_again() -> None:
    class Wanted(BaseModel):
        items: list[str]

    payload = Wanted(items=["a"])
    payload.items = 5  # type: ignore[assignment]
    assert list(errors(Wanted, payload)) == ["items"]
    payload.items = ("b",)  # type: ignore[assignment]
    assert state(Wanted, payload) == {"items": ["b"]}


def test_none_is_an_empty_payload() -> None:
    assert state(EmptyPayload, None) == state(EmptyPayload, {}) == {}


def test_strict_models_read_json_and_python_alike() -> None:
    assert state(StrictPayload, {"on": "2026-11-22"}) == state(StrictPayload, {"on": date(2026, 11, 22)})


def test_errors_are_listed_by_field() -> None:
    found = errors(Payload, {"order_id": "x", "lines": [{"count": 1}]})
    assert list(found) == ["order_id", "lines.0.sku"]
    assert found["lines.0.sku"] == ["Field required"]


def test_an_unknown_field_is_rejected_with_a_hint() -> None:
    assert errors(Payload, {"order_id": 1, "order_ids": 2}) == {
        "order_ids": ["unknown field (did you mean 'order_id'?)"]
    }
    assert errors(Payload, {"order_id": 1, "lines": [{"sku": "a", "colour": 1}]}) == {
        "lines.0.colour": ["unknown field"]
    }


@pytest.mark.parametrize(("extra", "stored"), [("allow", {"more": 1}), ("ignore", {})])
def test_a_model_that_sets_extra_decides_itself(extra: Any, stored: dict[str, int]) -> None:
    class Open(BaseModel):
        model_config = ConfigDict(extra=extra)

    assert state(Open, {"more": 1}) == stored


def test_a_nested_model_that_sets_extra_decides_itself() -> None:
    assert state(WithOpenLine, {"line": {"more": 1}}) == {"line": {"more": 1}}
    assert errors(WithOpenLine, {"line": {"more": 1}, "more": 1})["more"] == ["unknown field"]


@pytest.mark.parametrize("data", [[], "text", 5, Line(sku="a")])
def test_a_payload_that_is_not_a_mapping_is_rejected(data: Any) -> None:
    assert "A payload must be a mapping or a model" in errors(Payload, data)["__all__"][0]


def test_a_value_without_a_json_form_is_rejected() -> None:
    assert "can't be stored as JSON" in errors(Payload, {"order_id": object()})["__all__"][0]


def test_nan_is_rejected_even_in_an_instance() -> None:
    class Measure(BaseModel):
        value: float

    assert "nan is not a JSON number" in errors(Measure, Measure(value=float("nan")))["__all__"][0]


@pytest.mark.parametrize(
    "data",
    [
        {"token": "bad-hunter2"},
        {"token": SecretStr("bad-hunter2")},
        {"token": "good", "tokens": ["hunter2"]},
        {"token": "bad-hunter2", "kind": "c"},
    ],
)
def test_no_message_repeats_a_secret(data: dict[str, Any]) -> None:
    with pytest.raises(PayloadError) as caught:
        state(Telling, data)
    assert "hunter2" not in str(caught.value.as_dict())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_error_of_the_whole_payload_has_a_key_of_its_own() -> None:
    assert list(errors(Telling, {"token": "good", "tokens": ["x1"]})) == ["__all__"]


def test_the_error_names_workflow_and_trigger() -> None:
    with pytest.raises(PayloadError) as caught:
        state(Payload, {})
    assert caught.value.details == {
        "workflow": "shop.Order",
        "trigger": "manual",
        "errors": {"order_id": ["Field required"]},
    }


def test_aliases_and_names_are_both_accepted() -> None:
    class Aliased(BaseModel):
        post_code: str = Field(alias="postCode")

    assert (
        state(Aliased, {"postCode": "8000"}) == state(Aliased, {"post_code": "8000"}) == {"post_code": "8000"}
    )
