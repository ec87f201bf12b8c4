"""The Django fields of a form that only carries values: what they mean the model decides, not the field."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.debug import SafeExceptionReporterFilter
from pydantic import SecretStr

from squid_mesh.console.forms.json_schema import MISSING, Kind, Property
from squid_mesh.inspection.masking import hides, masked

#: What stands in place of a value that isn't shown: ours, and pydantic's.
MASKS: Final = frozenset({SafeExceptionReporterFilter.cleansed_substitute, str(SecretStr("…"))})


class SecretTextarea(forms.Textarea):
    """A text area that never shows again what was written in it."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """As any, empty."""
        return super().get_context(name, None, attrs)


class JsonTextarea(forms.Textarea):
    """A text area of JSON that shows again what was written in it, its secrets masked.

    ``hide`` masks what ``json.loads`` gives. What is no JSON is shown as it is: its writer has to mend it.
    """

    def __init__(self, attrs: Any = None, *, hide: Callable[[Any], Any] = masked) -> None:
        super().__init__(attrs)
        self.hide = hide

    def format_value(self, value: Any) -> str | None:
        """The text, as it was written where nothing in it is masked."""
        text: str | None = super().format_value(value)
        try:
            read = json.loads(text or "null")
        except (ValueError, RecursionError):
            return text
        shown = self.hide(read)
        if shown == read:
            return text
        written = json.dumps(shown, indent=2, ensure_ascii=False)
        return written.encode(errors="backslashreplace").decode()  # half of a character, as JSON escapes it


class Carried(forms.CharField):
    """A text that becomes what JSON says for it; one that makes no sense is carried as it is."""

    def __init__(self, read: Callable[[str], Any], **options: Any) -> None:
        super().__init__(**options)
        self.read = read

    def clean(self, value: Any) -> Any:
        """The value as JSON; MISSING where nothing was written."""
        text = super().clean(value)
        return self.read(text) if text else MISSING


class Json(forms.CharField):
    """A text area of JSON."""

    def clean(self, value: Any) -> Any:
        """The value; MISSING where nothing was written. Masked secrets are no values."""
        text = super().clean(value)
        if not text:
            return MISSING
        try:
            read = json.loads(text, parse_constant=_no_json)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("This is no JSON: %(error)s."), params={"error": error}) from None
        if contains_mask(read):
            raise forms.ValidationError(_("It has masked secrets in it: write them anew."))
        return read


class Choice(forms.ChoiceField):
    """One of the values, which may be of any plain type."""

    def __init__(self, values: Sequence[Any], *, blank: bool, **options: Any) -> None:
        self.by_key = keyed(values)
        shown = [(key, str(value)) for key, value in self.by_key.items()]
        super().__init__(choices=[("", "---------"), *shown] if blank else shown, **options)

    def clean(self, value: Any) -> Any:
        """The value; MISSING where none was chosen."""
        return self.by_key.get(super().clean(value), MISSING)


def keyed(values: Sequence[Any]) -> dict[str, Any]:
    """The values by the text that a form sends for them: texts as they are, where nothing collides."""
    plain = {value if isinstance(value, str) else json.dumps(value): value for value in values}
    if len(plain) == len(values) and "" not in plain:
        return plain
    return {json.dumps(value): value for value in values}


def _key_of(value: Any, values: Sequence[Any]) -> str:
    found = (key for key, known in keyed(values).items() if type(known) is type(value) and known == value)
    return next(found, "")


def contains_mask(value: Any) -> bool:
    """Whether a masked secret stands anywhere in it."""
    if isinstance(value, Mapping):
        return any(contains_mask(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(contains_mask(item) for item in value)
    return isinstance(value, str) and value in MASKS


def mask_like(shown: Any, value: Any) -> Any:
    """The value masked, also where another of its kind is, as it is ``shown``."""
    if contains_mask([shown]) and not isinstance(shown, Mapping | list):
        return None if value is None else shown
    if isinstance(shown, Mapping) and isinstance(value, Mapping):
        return masked({key: mask_like(shown.get(key), item) for key, item in value.items()})
    if isinstance(shown, list) and isinstance(value, list):
        return [mask_like(one, item) for one, item in zip_longest(shown[: len(value)], value)]
    return masked(value)


def is_secret(asked: Property, initial: Any) -> bool:
    """Whether its value is never shown: it says so, its name is masked, or what is there is or would be."""
    if asked.kind in (Kind.SECRET, Kind.SECRET_JSON) or contains_mask(masked(initial)):
        return True
    return asked.kind is not Kind.BOOLEAN and hides(asked.name)


def make_field(asked: Property, initial: Any) -> forms.Field:
    """The field that asks for that property. ``initial`` is a JSON value, or MISSING."""
    secret = is_secret(asked, initial)
    options: dict[str, Any] = {
        "required": False,
        "label": asked.label,
        "help_text": _help(asked, secret),
        "initial": None if secret or initial is MISSING else _shown(asked.kind, initial),
    }
    if asked.kind in (Kind.JSON, Kind.SECRET_JSON):
        area = SecretTextarea if secret else JsonTextarea
        return Json(widget=area(attrs={"rows": 4, "spellcheck": "false"}), **options)
    if secret:
        widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"})
        return Carried(_READERS.get(asked.kind, str), widget=widget, strip=False, **options)
    if asked.kind is Kind.CHOICE:
        blank = asked.nullable or not asked.required or initial is MISSING
        return Choice(asked.choices, blank=blank, **options | {"initial": _key_of(initial, asked.choices)})
    if asked.kind is Kind.BOOLEAN:
        return forms.NullBooleanField(**options) if asked.nullable else forms.BooleanField(**options)
    strip = asked.kind not in (Kind.TEXT, Kind.LONG_TEXT)
    return Carried(_READERS.get(asked.kind, str), widget=_widget(asked.kind), strip=strip, **options)


def _widget(kind: Kind) -> forms.Widget:
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


class _DateTime(_Time):
    input_type = "datetime-local"


_INPUTS: Final[Mapping[Kind, type[forms.Widget]]] = {
    Kind.DATE: _Date,
    Kind.TIME: _Time,
    Kind.DATE_TIME: _DateTime,
    Kind.EMAIL: forms.EmailInput,
    Kind.URL: forms.URLInput,
}


def _no_json(name: str) -> Any:
    raise ValueError(name)


def _integer(text: str) -> Any:
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,300}", text, re.ASCII) else text


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,300}", text, re.ASCII) else number


def _moment(text: str) -> str:
    """A moment without a timezone is one of the present timezone."""
    try:
        moment = parse_datetime(text)
    except ValueError:  # well formed, and no moment: 31 February
        return text
    if moment is None or moment.tzinfo is not None:
        return text
    return timezone.make_aware(moment).isoformat()


_READERS: Final[Mapping[Kind, Callable[[str], Any]]] = {
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.DATE_TIME: _moment,
}


def _shown(kind: Kind, value: Any) -> Any:
    """The value as its widget takes it."""
    if kind is Kind.BOOLEAN:
        return value
    if kind in (Kind.JSON, Kind.SECRET_JSON):
        return json.dumps(value, indent=2, ensure_ascii=False)
    if value is None or isinstance(value, str):
        return _local(value) if kind is Kind.DATE_TIME and value else value
    return json.dumps(value, ensure_ascii=False)


def _local(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    naive = timezone.make_naive(moment) if moment.tzinfo else moment
    return naive.isoformat(timespec="milliseconds" if naive.microsecond else "seconds")


def _help(asked: Property, secret: bool) -> str:
    """The description, the limits and an example, as HTML: Django shows a help text as it is."""
    described = asked.description.strip()
    said = [f"{described}." if described[-1:].isalnum() else described, *_limits(asked)]
    if asked.kind is Kind.DATE_TIME:
        said.append(_("In the timezone %(name)s.") % {"name": timezone.get_current_timezone_name()})
    if asked.kind in (Kind.JSON, Kind.SECRET_JSON):
        said.append(_("JSON."))
    if asked.examples and not secret:
        said.append(_("For example: %(example)s") % {"example": _short(asked.examples[0])})
    if _empty_means_default(asked) and not secret:
        said.append(_("Left empty, it is %(default)s.") % {"default": _short(asked.default)})
    return escape(" ".join(text for text in said if text))


def _empty_means_default(asked: Property) -> bool:
    emptied = asked.kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.BOOLEAN)
    return not (asked.required or asked.nullable or emptied or asked.default is MISSING)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _limits(asked: Property) -> list[str]:
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
        if (limit := asked.limits.get(key)) is not None and (key, limit) != ("minLength", 1)
    ]
