"""Reading a step's parameters and binding them from the state."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr

from squid_mesh import Outcome, Step, StepContext
from squid_mesh.definitions.values.output import dump_value
from squid_mesh.definitions.values.signature import (
    UNKNOWN,
    InputError,
    UnusableSignature,
    bind_arguments,
    find_value,
    read_signature,
)
from tests.unit.definitions import sample_steps


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    on: date
    id: UUID


class Aliased(BaseModel):
    post_code: str = Field(alias="postCode")


class Computed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    net: int


class Color(Enum):
    RED = "red"


def typed(order_id: int, note: str = "none", *, ctx: StepContext) -> sample_steps.Feed:
    return sample_steps.Feed()


def untyped(anything, default=1): ...


def annotated(amount: Annotated[int, Field(gt=0)]) -> Annotated[int, Field(gt=0)]:
    return amount


def strict(when: Strict) -> None: ...


def aliased(address: Aliased) -> None: ...


def secret(token: SecretStr) -> None: ...


def optional_context(ctx: StepContext | None = None, other: Annotated[int, "note"] = 1) -> None: ...


def both(a: int, b: date) -> None: ...


def listing(items: list[int]) -> None: ...


def bound(function: Any, state: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    return bind_arguments(read_signature(function), state, kwargs.get("input", {}), kwargs.get("options", {}))


def test_the_context_is_found_by_its_annotation() -> None:
    signature = read_signature(typed)
    assert signature.context == "ctx"
    assert list(signature.parameters) == ["order_id", "note"]
    assert [p.has_default for p in signature.parameters.values()] == [False, True]
    assert read_signature(optional_context).context == "ctx"


def test_a_callable_is_inspected_once() -> None:
    assert read_signature(typed) is read_signature(typed)
    assert read_signature(sample_steps.Reserve().run) is read_signature(sample_steps.Reserve().run)


def test_a_step_class_is_read_by_its_run() -> None:
    signature = read_signature(sample_steps.Reserve)
    assert list(signature.parameters) == ["order_id"]
    assert signature.context == "ctx"
    assert signature is read_signature(sample_steps.Reserve().run)


def test_async_functions_are_known_as_such() -> None:
    assert read_signature(sample_steps.async_noop).is_async
    assert not read_signature(sample_steps.noop).is_async


def test_the_return_annotation_serializes_the_output() -> None:
    signature = read_signature(typed)
    assert signature.annotation is sample_steps.Feed
    assert signature.returns is not None
    assert read_signature(untyped).annotation is UNKNOWN
    assert read_signature(untyped).returns is None


def test_an_outcome_in_the_return_annotation_is_not_part_of_the_output() -> None:
    returns = read_signature(sample_steps.feed_or_outcome).returns
    assert returns is not None
    assert returns.json_schema()["title"] == "Feed"

    def labelled() -> Outcome:
        return Outcome("late")

    assert read_signature(labelled).returns is None


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (sample_steps.starred, "takes *args; name each parameter"),
        (sample_steps.double_starred, "takes **kwargs; name each parameter"),
        (sample_steps.positional, "takes 'order_id' by position only"),
        (sample_steps.two_contexts, "takes the StepContext twice, as one and two"),
        (
            sample_steps.unresolvable,
            "has an annotation that can't be resolved (name 'Decimal' is not defined)",
        ),
        (sample_steps.unvalidatable, "has a parameter 'thing' whose type pydantic can't validate"),
        (sample_steps.generator, "is a generator"),
        (5, "has no readable signature"),
    ],
)
def test_an_unusable_callable_is_reported_with_its_reason(function: Any, error: str) -> None:
    with pytest.raises(UnusableSignature) as caught:
        read_signature(function)
    assert caught.value.errors[0].startswith(error)


def test_parameters_are_found_by_name_and_validated() -> None:
    assert bound(typed, {"order_id": "12", "extra": 1}) == {"order_id": 12}


def test_options_precede_input_and_input_precedes_the_state() -> None:
    state = {"order_id": 1, "other": {"id": 2}}
    assert bound(typed, state)["order_id"] == 1
    assert bound(typed, state, input={"order_id": "other.id"})["order_id"] == 2
    assert bound(typed, state, input={"order_id": "other.id"}, options={"order_id": 3})["order_id"] == 3


def test_a_path_leads_through_mappings_and_lists() -> None:
    state = {"order": {"lines": [{"id": 1}, {"id": 7}]}}
    assert bound(typed, state, input={"order_id": "order.lines.1.id"}) == {"order_id": 7}
    assert find_value(state, "order.lines.2") is UNKNOWN
    assert find_value(state, "order.lines.x") is UNKNOWN
    assert find_value(state, "order.lines.0.id.more") is UNKNOWN


def test_a_missing_path_falls_back_to_the_default() -> None:
    assert bound(typed, {"order_id": 1, "note": "here"}, input={"note": "no.where"}) == {"order_id": 1}


def test_none_in_the_state_is_a_value() -> None:
    with pytest.raises(InputError):
        bound(typed, {"order_id": 1, "note": None})


def test_all_errors_are_listed_with_the_keys_of_the_state() -> None:
    with pytest.raises(InputError) as caught:
        bound(both, {"b": "never", "zebra": 1, "ant": 2})
    assert list(caught.value.errors) == ["a", "b"]
    assert caught.value.errors["a"] == "the state has no 'a'"
    assert caught.value.available == ["ant", "b", "zebra"]
    assert str(caught.value).startswith("a: the state has no 'a'; b: Input should be a valid date")
    assert str(caught.value).endswith("The state contains: ant, b, zebra.")


def test_an_error_inside_a_value_names_its_path_and_not_the_value() -> None:
    with pytest.raises(InputError) as caught:
        bound(strict, {"when": {"on": "hunter2", "id": "hunter2", "more": 1}})
    message = caught.value.errors["when"]
    assert message.startswith("on: Input should be a valid date")
    assert "more: Extra inputs are not permitted" in message
    assert "hunter2" not in message


def test_an_empty_state_is_called_nothing() -> None:
    with pytest.raises(InputError, match="The state contains: nothing"):
        bound(both, {})


def test_strict_models_read_json() -> None:
    made = bound(strict, {"when": {"on": "2026-11-22", "id": "12345678-1234-5678-1234-567812345678"}})
    assert made["when"].on == date(2026, 11, 22)


def test_models_are_read_by_name_and_by_alias() -> None:
    for key in ("post_code", "postCode"):
        assert bound(aliased, {"address": {key: "8000"}})["address"].post_code == "8000"


def test_a_secret_is_bound_as_a_secret() -> None:
    assert bound(secret, {"token": "ink"})["token"].get_secret_value() == "ink"


def test_a_step_gets_copies_of_the_values() -> None:
    state = {"items": [1], "anything": {"deep": []}}
    bound(listing, state)["items"].append(2)
    bound(untyped, state)["anything"]["deep"].append(1)
    assert state == {"items": [1], "anything": {"deep": []}}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(-(10**15), 10**15)  # larger ones become whole numbers
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32)), inner)
    ),
    max_leaves=20,
)


@given(json_values)
def test_any_json_value_is_dumped_and_bound_unchanged(value: Any) -> None:
    assert dump_value(value) == value
    assert bound(untyped, {"anything": dump_value(value)})["anything"] == value


class Everything(BaseModel):
    on: date
    at: datetime
    amount: Decimal
    id: UUID
    color: Color = Color.RED
    tags: set[int]
    pair: tuple[int, str]
    nested: dict[str, list[sample_steps.Feed]]
    token: SecretStr
    blob: bytes


def everything(value: Everything) -> None: ...


@given(
    st.builds(
        Everything,
        at=st.datetimes(),
        amount=st.decimals(allow_nan=False, allow_infinity=False),
        pair=st.tuples(st.integers(), st.text("abc")),
        tags=st.sets(st.integers()),
        nested=st.dictionaries(st.text("abc"), st.lists(st.builds(sample_steps.Feed, title=st.text("abc")))),
        token=st.text("abc").map(SecretStr),
        blob=st.text("abc").map(str.encode),
    )
)
def test_any_model_is_bound_as_it_was_dumped(value: Everything) -> None:
    assert bound(everything, {"value": dump_value(value)})["value"] == value


def test_a_url_default_survives_the_round_trip() -> None:
    class Payload(BaseModel):
        feed_url: HttpUrl = "https://example.com/feed.xml"  # type: ignore[assignment]

    assert dump_value(Payload()) == {"feed_url": "https://example.com/feed.xml"}


def test_a_run_that_is_not_a_plain_method_is_rejected() -> None:
    class Odd(Step):
        run = 5

    with pytest.raises(UnusableSignature):
        read_signature(Odd)
