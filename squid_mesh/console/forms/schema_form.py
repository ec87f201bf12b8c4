"""Forms from pydantic's JSON schemas: payloads and the answers that approvals ask for.

A form carries values and shows errors. Whether the values fit is the api's to say, as for every other
caller: what it refuses comes back by :func:`add_errors`, and stands at the fields that it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from squid_mesh.console.forms.fields import make_field
from squid_mesh.console.forms.json_schema import MISSING, Kind, Property, read_properties


class SchemaForm(forms.Form):
    """A form whose fields are ``asked``, by their names in the form."""

    use_required_attribute = False  # an approval may be rejected without its form
    asked: Mapping[str, Property]

    @property
    def required(self) -> frozenset[str]:
        """The names of the fields that can't be left out, to mark them."""
        return frozenset(name for name, asked in self.asked.items() if asked.required)


def make_form(
    schema: Mapping[str, Any],
    *,
    data: Any = None,
    prefix: str = "",
    initial: Mapping[str, Any] | None = None,
) -> SchemaForm:
    """The form that asks for an object of that JSON schema, as pydantic writes it.

    ``data`` is what was posted; without it the form is unbound. ``initial`` are JSON values by property that
    count more than the schema's defaults; masked ones are left empty. With a ``prefix`` its fields don't meet
    those of the page's own form. Secrets are never shown again.
    """
    asked = _named(read_properties(schema))
    form = SchemaForm(data, prefix=prefix or None)
    form.asked = asked
    given = initial or {}
    for name, one in asked.items():
        form.fields[name] = make_field(one, given.get(one.name, one.default))
        form.fields[name].widget.attrs.setdefault("data-kind", one.kind.value)
    return form


def read_values(form: SchemaForm) -> dict[str, Any]:
    """What was written, by property, ready for the api. The form is bound and has been found valid.

    What was left empty is left out, so that the model's default counts or it says what is missing; where
    null is a value it is null, and an emptied text that had a default is empty.
    """
    found = {one.name: _answer(one, form.cleaned_data[name]) for name, one in form.asked.items()}
    return {name: value for name, value in found.items() if value is not MISSING}


def add_errors(form: SchemaForm, errors: Mapping[str, Sequence[str]]) -> None:
    """Put what the api refused at the form's fields: messages by dotted path, as ``details["errors"]``.

    A path that leads below a field names the rest of it; one that leads to none stands above the form.
    """
    form.full_clean()
    for path, messages in errors.items():
        name, below = _place(form.asked, path)
        for message in messages:
            form.add_error(name, f"{below}: {message}" if below else message)


def _named(asked: Iterable[Property]) -> dict[str, Property]:
    """Properties by a name that HTML takes: their own, where it does."""
    found: dict[str, Property] = {}
    listed = list(asked)
    taken = {one.name for one in listed}
    for number, one in enumerate(listed):
        name = one.name
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name, re.ASCII):
            name = f"field_{number}"
            while name in taken:
                name += "_"
        found[name] = one
    return found


def _answer(asked: Property, value: Any) -> Any:
    if asked.kind is Kind.BOOLEAN:
        return value
    if value is not MISSING:
        return value
    if asked.nullable and (asked.required or asked.default is not MISSING):
        return None
    emptied = asked.kind in (Kind.TEXT, Kind.LONG_TEXT) and not asked.required
    return "" if emptied and isinstance(asked.default, str) else MISSING


def _place(asked: Mapping[str, Property], path: str) -> tuple[str | None, str]:
    """The form's field that an error is about, and the rest of its path. A property may have dots."""
    for name, one in sorted(asked.items(), key=lambda item: -len(item[1].name)):
        if path == one.name:
            return name, ""
        if path.startswith(f"{one.name}."):
            return name, path.removeprefix(f"{one.name}.")
    return None, "" if path == "__all__" else path
