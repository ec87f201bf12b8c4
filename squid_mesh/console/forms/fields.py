"""The Django fields of a schema form. They only read values; the pydantic model validates these later."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.debug import SafeExceptionReporterFilter
from pydantic import SecretStr

from squid_mesh.console.forms.date_times import DateTimeField
from squid_mesh.console.forms.json_schema import MISSING, Kind, Property
from squid_mesh.inspection.masking import hides, masked

#: The texts that replace secrets: Django's and pydantic's.
MASKS: Final = frozenset({SafeExceptionReporterFilter.cleansed_substitute, str(SecretStr("…"))})


class SecretTextarea(forms.Textarea):
    """A text area that never shows its value."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context of an empty text area."""
        return super().get_context(name, None, attrs)


class JsonTextarea(forms.Textarea):
    """A text area of JSON that shows its value with the secrets masked.

    ``hide`` masks what ``json.loads`` returns. Invalid JSON is shown as it is, so that the user can fix it.
    """

    def __init__(self, attrs: Any = None, *, hide: Callable[[Any], Any] = masked) -> None:
        super().__init__(attrs)
        self.hide = hide

    def format_value(self, value: Any) -> str | None:
        """Return the text, unchanged if nothing in it is masked."""
        text: str | None = super().format_value(value)
        try:
            read = json.loads(text or "null")
        except (ValueError, RecursionError):
            return text
        shown = self.hide(read)
        if shown == read:
            return text
        written = json.dumps(shown, indent=2, ensure_ascii=False)
        return written.encode(errors="backslashreplace").decode()  # a lone surrogate


class ParsedField(forms.CharField):
    """A text that ``read`` turns into a JSON value; a text that it can't read stays a text."""

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(**options)
        self.read = read

    def clean(self, value: Any) -> Any:
        """Return the JSON value; MISSING if the field is empty."""
        text = super().clean(value)
        return self.read(text) if text else MISSING


class JsonField(forms.CharField):
    """A field of JSON."""

    def clean(self, value: Any) -> Any:
        """Return the value; MISSING if the field is empty. Raises ValidationError, for masked secrets too."""
        text = super().clean(value)
        if not text:
            return MISSING
        try:
            read = json.loads(text, parse_constant=_reject_constant)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("Invalid JSON: %(error)s."), params={"error": error}) from None
        if contains_mask(read):
            raise forms.ValidationError(_("Replace the masked secrets with their values."))
        return read


class ValueChoiceField(forms.ChoiceField):
    """A choice of one of the values: texts, numbers or booleans."""

    def __init__(self, values: Sequence[Any], *, blank: bool, **options: Any) -> None:
        self.by_key = index_by_key(values)
        shown = [(key, str(value)) for key, value in self.by_key.items()]
        super().__init__(choices=[("", "---------"), *shown] if blank else shown, **options)

    def clean(self, value: Any) -> Any:
        """Return the value; MISSING if none was chosen."""
        return self.by_key.get(super().clean(value), MISSING)


def index_by_key(values: Sequence[Any]) -> dict[str, Any]:
    """Return the values by the text that the form sends: texts as they are, if no two are equal then."""
    plain = {value if isinstance(value, str) else json.dumps(value): value for value in values}
    if len(plain) == len(values) and "" not in plain:
        return plain
    return {json.dumps(value): value for value in values}


def _find_key(value: Any, values: Sequence[Any]) -> str:
    found = (
        key for key, known in index_by_key(values).items() if type(known) is type(value) and known == value
    )
    return next(found, "")


def contains_mask(value: Any) -> bool:
    """Return whether a text in the value is the mask of a secret."""
    if isinstance(value, Mapping):
        return any(contains_mask(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_mask(item) for item in value)
    return isinstance(value, str) and value in MASKS


def mask_like(shown: Any, value: Any) -> Any:
    """Return the value, masked by its names and wherever ``shown`` is masked."""
    if contains_mask([shown]) and not isinstance(shown, Mapping | list):
        return None if value is None else shown
    if isinstance(shown, Mapping) and isinstance(value, Mapping):
        return masked({key: mask_like(shown.get(key), item) for key, item in value.items()})
    if isinstance(shown, list) and isinstance(value, list):
        return [mask_like(one, item) for one, item in zip_longest(shown[: len(value)], value)]
    return masked(value)


def is_secret(prop: Property, initial: Any) -> bool:
    """Return whether the value is never shown: by its type, by its name, or because ``initial`` is masked."""
    if prop.kind in (Kind.SECRET, Kind.SECRET_JSON) or contains_mask(masked(initial)):
        return True
    return prop.kind is not Kind.BOOLEAN and hides(prop.name)


def make_field(prop: Property, initial: Any) -> forms.Field:
    """Return the field for that property. ``initial`` is a JSON value, or MISSING."""
    secret = is_secret(prop, initial)
    options: dict[str, Any] = {
        "required": False,
        "label": prop.label,
        "help_text": _make_help_text(prop, secret),
        "initial": None if secret or initial is MISSING else _format_initial(prop.kind, initial),
    }
    if prop.kind in (Kind.JSON, Kind.SECRET_JSON):
        area = SecretTextarea if secret else JsonTextarea
        return JsonField(widget=area(attrs={"rows": 4, "spellcheck": "false"}), **options)
    if secret:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        return ParsedField(_READERS.get(prop.kind, str), widget=widget, strip=False, **options)
    if prop.kind is Kind.CHOICE:
        blank = prop.nullable or not prop.required or initial is MISSING
        return ValueChoiceField(
            prop.choices, blank=blank, **options | {"initial": _find_key(initial, prop.choices)}
        )
    if prop.kind is Kind.BOOLEAN:
        return forms.NullBooleanField(**options) if prop.nullable else forms.BooleanField(**options)
    if prop.kind in (Kind.DATE_TIME, Kind.NAIVE_DATE_TIME):
        text = initial if isinstance(initial, str) else ""
        return DateTimeField(text, naive=prop.kind is Kind.NAIVE_DATE_TIME, **options)
    strip = prop.kind not in (Kind.TEXT, Kind.LONG_TEXT)
    return ParsedField(_READERS.get(prop.kind, str), widget=_make_widget(prop.kind), strip=strip, **options)


def _make_widget(kind: Kind) -> forms.Widget:
    if kind is Kind.LONG_TEXT:
        return forms.Textarea(attrs={"rows": 4})
    if kind in (Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL):
        return forms.TextInput(attrs={"inputmode": "numeric" if kind is Kind.INTEGER else "decimal"})
    if kind in _INPUTS:
        return _INPUTS[kind]()
    return forms.TextInput()


class _Date(forms.TextInput):
    input_type = "date"


class _Time(forms.TextInput):
    input_type = "time"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return super().get_context(name, value, {**(attrs or {}), "step": "any"})


_INPUTS: Final[Mapping[Kind, type[forms.Widget]]] = {
    Kind.DATE: _Date,
    Kind.TIME: _Time,
    Kind.EMAIL: forms.EmailInput,
    Kind.URL: forms.URLInput,
}


def _reject_constant(name: str) -> Any:
    raise ValueError(name)


def _read_integer(text: str) -> Any:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,300}", text, re.ASCII) else text


def _read_number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,300}", text, re.ASCII) else number


_READERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.INTEGER: _read_integer,
    Kind.NUMBER: _read_number,
}


def _format_initial(kind: Kind, value: Any) -> Any:
    """Return the value as its widget shows it."""
    if kind is Kind.BOOLEAN:
        return value
    if kind in (Kind.JSON, Kind.SECRET_JSON):
        return json.dumps(value, indent=2, ensure_ascii=False)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _make_help_text(prop: Property, secret: bool) -> str:
    """Return the description, the limits and an example, as HTML: Django doesn't escape help texts."""
    described = prop.description.strip()
    said = [f"{described}." if described[-1:].isalnum() else described, *_describe_limits(prop)]
    if prop.kind is Kind.DATE_TIME:
        said.append(_("Timezone: %(name)s.") % {"name": timezone.get_current_timezone_name()})
    if prop.kind in (Kind.JSON, Kind.SECRET_JSON):
        said.append(_("JSON."))
    if prop.examples and not secret:
        said.append(_("Example: %(example)s") % {"example": _format_short(prop.examples[0])})
    if _uses_default_if_empty(prop) and not secret:
        said.append(_("Default: %(default)s") % {"default": _format_short(prop.default)})
    return escape(" ".join(text for text in said if text))


def _uses_default_if_empty(prop: Property) -> bool:
    emptied = prop.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.BOOLEAN)
    return not (prop.required or prop.nullable or emptied or prop.default is MISSING)


def _format_short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _describe_limits(prop: Property) -> list[str]:
    texts = {
        "minimum": _("At least %(limit)s."),
        "maximum": _("At most %(limit)s."),
        "exclusiveMinimum": _("More than %(limit)s."),
        "exclusiveMaximum": _("Less than %(limit)s."),
        "multipleOf": _("A multiple of %(limit)s."),
        "minLength": _("At least %(limit)s characters."),
        "maxLength": _("At most %(limit)s characters."),
    }
    return [
        text % {"limit": f"{limit:g}" if isinstance(limit, float) else limit}
        for key, text in texts.items()
        if (limit := prop.limits.get(key)) is not None and (key, limit) != ("minLength", 1)
    ]
