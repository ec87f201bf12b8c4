"""Forms from JSON schemas: what they ask, what they carry, and where errors stand."""

from __future__ import annotations

import enum
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal

import pytest
from django.test import override_settings
from django.utils import timezone
from pydantic import AwareDatetime, BaseModel, Field, SecretStr, create_model

from squid_mesh.console.forms.schema_form import SchemaForm, add_errors, make_form, read_values
from squid_mesh.definitions.values.payload import validate_payload
from squid_mesh.exceptions import PayloadError


class Speed(enum.Enum):
    """How fast."""

    SLOW = "slow"
    FAST = "fast"


class Line(BaseModel):
    sku: str
    count: int = 1


class Account(BaseModel):
    owner: str = ""
    pin: SecretStr = SecretStr("0000")
    kids: list[Account] = []


class Everything(BaseModel):
    text: str
    long: str = Field("", max_length=5000)
    marked: str = Field("", json_schema_extra={"format": "textarea"})
    whole: int = Field(ge=0, le=50)
    real: float = 1.5
    exact: Decimal = Decimal("0.10")
    flag: bool = True
    maybe: bool | None = None
    speed: Speed = Speed.SLOW
    level: Literal[1, 2, "1"] = 2
    day: date | None = None
    hour: time | None = None
    moment: AwareDatetime | None = None
    note: str | None = None
    lines: list[Line] = []
    first: Line | None = None
    anything: Any = None


def schema_of(annotation: Any, default: Any = ..., **extra: Any) -> dict[str, Any]:
    model = create_model("Model", value=(annotation, Field(default, **extra)))
    return model.model_json_schema()


def posted(schema: dict[str, Any], **data: str) -> SchemaForm:
    form = make_form(schema, data=data)
    assert form.is_valid(), form.errors
    return form


def carried(schema: dict[str, Any], **data: str) -> Any:
    """What the form hands on for its field ``value``; ``...`` where it hands on nothing."""
    return read_values(posted(schema, **data)).get("value", ...)


def html(form: SchemaForm) -> str:
    return form.as_div()


def test_the_values_of_a_form_fit_the_model() -> None:
    form = posted(
        Everything.model_json_schema(),
        text="x",
        long="a\nb",
        whole="7",
        real="2.25",
        exact="12.10",
        maybe="true",
        speed="fast",
        level='"1"',
        day="2026-03-29",
        hour="10:30",
        moment="2026-03-29T10:00",
        lines='[{"sku": "é"}]',
        first='{"sku": "b", "count": 2}',
        anything="[null, 1]",
    )
    checked = Everything(**validate_payload(Everything, read_values(form), "shop.Flow", "manual").state)
    assert checked == Everything(
        text="x",
        long="a\nb",
        whole=7,
        real=2.25,
        exact=Decimal("12.10"),
        flag=False,
        maybe=True,
        speed=Speed.FAST,
        level="1",
        day=date(2026, 3, 29),
        hour=time(10, 30),
        moment=datetime(2026, 3, 29, 10, tzinfo=UTC),
        lines=[Line(sku="é")],
        first=Line(sku="b", count=2),
        anything=[None, 1],
    )


def test_an_unchanged_form_uses_the_defaults() -> None:
    schema = Everything.model_json_schema()
    shown = make_form(schema, initial={"text": "x", "whole": 3})
    sent = {name: shown[name].value() for name in shown.fields}
    data = {name: "" if value is None else str(value) for name, value in sent.items() if value is not False}
    checked = Everything(**validate_payload(Everything, read_values(posted(schema, **data)), "f", "m").state)
    assert checked == Everything(text="x", whole=3)


@pytest.mark.parametrize(
    ("annotation", "field_type", "tag"),
    [
        (str, "text", "input"),
        (int, "text", "input"),
        (Decimal, "text", "input"),
        (bool, "checkbox", "input"),
        (date, "date", "input"),
        (time, "time", "input"),
        (datetime, "datetime-local", "input"),
        (SecretStr, "password", "input"),
        (Speed, None, "select"),
        (bool | None, None, "select"),
        (list[int], None, "textarea"),
        (dict[str, int], None, "textarea"),
        (Line, None, "textarea"),
        (int | str, None, "textarea"),
        (Any, None, "textarea"),
    ],
)
def test_each_type_has_its_input(annotation: Any, field_type: str | None, tag: str) -> None:
    shown = str(make_form(schema_of(annotation))["value"])
    assert shown.startswith(f"<{tag}")
    if field_type:
        assert f'type="{field_type}"' in shown


@pytest.mark.parametrize("extra", [{"max_length": 201}, {"json_schema_extra": {"multiline": True}}])
def test_a_long_text_has_several_lines(extra: dict[str, Any]) -> None:
    assert str(make_form(schema_of(str, **extra))["value"]).startswith("<textarea")


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, " 12 ", 12),
        (int, "-3", -3),
        (int, "twelve", "twelve"),
        (int, "1.5", "1.5"),
        (float, "1e3", 1000.0),
        (float, "3", 3),
        (float, "1e999", "1e999"),
        (float, "nan", "nan"),
        (Decimal, "0.10", "0.10"),
        (str, "  kept ", "  kept "),
        (date, "2026-02-31", "2026-02-31"),
        (datetime, "2026-02-31T10:00", "2026-02-31T10:00"),
        (datetime, "soon", "soon"),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (SecretStr, " a b ", " a b "),
    ],
)
def test_a_text_that_can_not_be_read_is_passed_to_the_model(annotation: Any, text: str, value: Any) -> None:
    found = carried(schema_of(annotation), value=text)
    assert (found, type(found)) == (value, type(value))


def test_a_time_without_a_timezone_is_in_the_current_timezone() -> None:
    with timezone.override("Europe/Paris"):
        schema = schema_of(AwareDatetime)
        assert carried(schema, value="2026-07-01T10:00") == "2026-07-01T10:00:00+02:00"
        assert carried(schema, value="2026-07-01T10:00:00Z") == "2026-07-01T10:00:00Z"
        shown = make_form(schema, initial={"value": "2026-07-01T08:00:00Z"})
        assert shown["value"].value() == "2026-07-01T10:00:00"
        assert "Europe/Paris" in shown["value"].help_text


@pytest.mark.parametrize(
    ("annotation", "default", "value"),
    [
        (str, ..., ...),
        (str, "", ""),
        (str, "hello", ""),
        (int, ..., ...),
        (int, 5, ...),
        (list[int], [], ...),
        (str | None, ..., None),
        (str | None, "hello", None),
        (int | None, None, None),
        (Speed | None, None, None),
        (bool | None, None, None),
        (bool, ..., False),
        (SecretStr, ..., ...),
        (Speed, ..., ...),
    ],
)
def test_an_empty_field_is_left_out_unless_empty_is_a_value(
    annotation: Any, default: Any, value: Any
) -> None:
    assert carried(schema_of(annotation, default), value="") == value


def test_a_default_factory_is_used_for_an_empty_field() -> None:
    class Model(BaseModel):
        tags: list[str] = Field(default_factory=lambda: ["new"])
        name: str = Field(default_factory=lambda: "made")

    assert read_values(posted(Model.model_json_schema())) == {}


def test_required_fields_are_marked_but_not_by_html() -> None:
    form = make_form(Everything.model_json_schema())
    assert form.required == {"text", "whole"}
    assert " required" not in html(form)


def test_initial_values_override_defaults() -> None:
    schema = schema_of(int, 5)
    assert make_form(schema)["value"].value() == "5"
    assert make_form(schema, initial={"value": 8})["value"].value() == "8"
    assert "Default: 5" in make_form(schema)["value"].help_text


def test_a_referenced_definition_is_labelled_by_its_property() -> None:
    field = make_form(schema_of(Speed, description="Hurry?"))["value"]
    assert field.label == "Value"
    assert field.help_text == "Hurry?"
    assert [key for key, _ in field.field.widget.choices] == ["", "slow", "fast"]


def test_a_recursive_model_has_a_form() -> None:
    assert list(make_form(Account.model_json_schema()).fields) == ["owner", "pin", "kids"]


def test_a_single_literal_and_a_null_among_the_values_are_choices() -> None:
    assert carried(schema_of(Literal["only"]), value="only") == "only"
    assert carried(schema_of(Literal["a", None]), value="") is None
    assert carried(schema_of(Literal["a", None]), value="a") == "a"


def test_choices_with_equal_texts_keep_their_types() -> None:
    schema = schema_of(Literal[1, "1", ""])
    assert carried(schema, value="1") == 1
    assert carried(schema, value='"1"') == "1"
    assert carried(schema, value='""') == ""
    assert make_form(schema, initial={"value": "1"})["value"].value() == '"1"'


def test_a_value_that_is_no_choice_is_rejected() -> None:
    form = make_form(schema_of(Speed), data={"value": "warp"})
    assert not form.is_valid()
    assert "value" in form.errors


def test_nested_values_are_shown_and_read_as_json() -> None:
    schema = schema_of(list[Line], [])
    shown = make_form(schema, initial={"value": [{"sku": "é", "count": 1}]})["value"].value()
    assert "é" in shown
    assert carried(schema, value=shown) == [{"sku": "é", "count": 1}]


@pytest.mark.parametrize("text", ["{", "NaN", "[" * 100_000, "[1,]"])
def test_invalid_json_is_rejected_and_kept_in_the_field(text: str) -> None:
    form = make_form(schema_of(list[Line]), data={"value": text})
    assert not form.is_valid()
    assert "JSON" in form.errors["value"][0]
    assert form["value"].value() == text


def test_properties_have_their_alias_or_a_name_that_html_allows() -> None:
    class Model(BaseModel):
        plain: int = Field(alias="a-b")
        odd: int = Field(alias="per cent.x")
        decoy: int = Field(0, alias="field_1")

    form = posted(Model.model_json_schema(), **{"a-b": "1", "field_1_": "2", "field_1": "3"})
    assert read_values(form) == {"a-b": 1, "per cent.x": 2, "field_1": 3}
    add_errors(form, {"per cent.x": ["too much"], "a-b": ["too little"]})
    assert form.errors == {"field_1_": ["too much"], "a-b": ["too little"]}


def test_a_help_text_has_the_description_the_limits_and_an_example() -> None:
    schema = schema_of(int, description="In per cent.", ge=0, le=50, examples=[10])
    shown = make_form(schema)["value"].help_text
    assert shown == "In per cent. At least 0. At most 50. Example: 10"


def test_titles_descriptions_and_values_are_escaped() -> None:
    hostile = "<script>alert(1)</script>"

    class Model(BaseModel):
        a: str = Field(hostile, title=hostile, description=hostile, examples=[hostile])
        b: Literal["<b>"] = Field(title="<i>")
        c: list[str] = Field([hostile])

    form = make_form(Model.model_json_schema(), data={"a": hostile, "c": hostile, "b": hostile})
    add_errors(form, {"a": [hostile], hostile: [hostile]})
    for shown in (html(form), html(make_form(Model.model_json_schema())), str(form.non_field_errors())):
        assert "<script" not in shown
        assert "<b>" not in shown
        assert "<i>" not in shown


@pytest.mark.parametrize(
    "annotation", [SecretStr, SecretStr | None, Account, list[Account], dict[str, Account]]
)
def test_secrets_are_never_shown(annotation: Any) -> None:
    schema = schema_of(annotation, description="Keep it secret.", examples=["hunter2"])
    typed = make_form(schema, data={"value": '{"pin": "hunter2"}'}, initial={"value": {"pin": "hunter2"}})
    fresh = make_form(schema, initial={"value": {"pin": "hunter2"}})
    assert "hunter2" not in html(typed)
    assert "hunter2" not in html(fresh)
    assert "hunter2" in json.dumps(read_values(posted(schema, value='{"pin": "hunter2"}')))


def test_the_default_of_a_secret_is_left_to_the_model() -> None:
    schema = schema_of(SecretStr, SecretStr("hunter2"))
    assert "*****" not in html(make_form(schema))
    assert carried(schema, value="") is ...


def test_a_mask_is_neither_shown_nor_accepted_as_a_value() -> None:
    mask = "********************"
    schema = {"properties": {"api_key": {"type": "string"}, "lines": {"type": "array"}}}
    form = make_form(schema, initial={"api_key": mask, "lines": [{"token": mask}]})
    assert mask not in html(form)
    assert 'type="password"' in str(form["api_key"])
    pasted = make_form(schema, data={"lines": json.dumps([{"token": mask}])})
    assert not pasted.is_valid()
    assert "masked" in pasted.errors["lines"][0]


@override_settings(SQUID_MESH={"MASKED_FIELDS": ("iban",)})
def test_a_field_masked_by_the_settings_is_a_password_field() -> None:
    form = make_form({"properties": {"IBAN": {"type": "string"}}}, data={"IBAN": "DE00"})
    assert "DE00" not in html(form)


def test_an_error_of_the_api_is_at_its_field_with_the_rest_of_its_path() -> None:
    form = posted(Everything.model_json_schema(), text="x", whole="99", lines='[{"count": 1}]')
    with pytest.raises(PayloadError) as refused:
        validate_payload(Everything, read_values(form), "shop.Flow", "manual")
    add_errors(form, refused.value.details["errors"])
    assert not form.is_valid()
    assert set(form.errors) == {"whole", "lines"}
    assert "less than or equal to 50" in form.errors["whole"][0]
    assert str(form.errors["lines"][0]).startswith("0.sku: ")
    assert form["whole"].value() == "99"


def test_an_error_of_no_field_is_above_the_form() -> None:
    form = posted(schema_of(int, 1))
    add_errors(form, {"__all__": ["the dates are the wrong way round"], "extra.field": ["unknown field"]})
    assert form.non_field_errors() == ["the dates are the wrong way round", "extra.field: unknown field"]


def test_a_prefix_keeps_the_names_of_fields_apart() -> None:
    form = make_form(schema_of(int), prefix="answer", data={"answer-value": "4", "value": "5"})
    assert form.is_valid()
    assert read_values(form) == {"value": 4}


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, {"$ref": "#/$defs/Gone"}, {"$ref": "#"}])
def test_a_schema_without_properties_has_no_fields(schema: dict[str, Any]) -> None:
    form = posted(schema)
    assert not form.fields
    assert read_values(form) == {}
