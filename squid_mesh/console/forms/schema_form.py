"""Forms from the JSON schemas of pydantic models: payloads and the forms of approvals.

A form reads values and shows errors. The api validates the values, as for every other caller;
:func:`add_errors` shows the api's errors next to the fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from squid_mesh.console.forms.fields import make_field
from squid_mesh.console.forms.json_schema import MISSING, Kind, Property, read_properties


class SchemaForm(forms.Form):
    """A form with a field for each property. ``properties`` maps each field's name to its property."""

    use_required_attribute = False  # an approval may be rejected without its form
    properties: Mapping[str, Property]

    @property
    def required(self) -> frozenset[str]:
        """The names of the required fields."""
        return frozenset(name for name, prop in self.properties.items() if prop.required)


def make_form(
    schema: Mapping[str, Any],
    *,
    data: Any = None,
    prefix: str = "",
    initial: Mapping[str, Any] | None = None,
) -> SchemaForm:
    """Return a form for an object of that JSON schema, as pydantic writes it.

    ``data`` is what was posted; without it the form is unbound. ``initial`` maps properties to JSON
    values, used instead of the schema's defaults; masked ones are left empty. A ``prefix`` keeps the names of
    its fields apart from those of the page's other forms. Secrets are never shown.
    """
    properties = _name_fields(read_properties(schema))
    form = SchemaForm(data, prefix=prefix or None)
    form.properties = properties
    given = initial or {}
    for name, one in properties.items():
        form.fields[name] = make_field(one, given.get(one.name, one.default))
        form.fields[name].widget.attrs.setdefault("data-kind", one.kind.value)
    return form


def read_values(form: SchemaForm) -> dict[str, Any]:
    """Return the values of a bound and valid form by property, as the api takes them.

    An empty field is left out: the model uses its default or reports the missing property. Two
    exceptions: the value is null if the property may be null, and an empty text if the user emptied a text
    with a default.
    """
    found = {one.name: _read_value(one, form.cleaned_data[name]) for name, one in form.properties.items()}
    return {name: value for name, value in found.items() if value is not MISSING}


def add_errors(form: SchemaForm, errors: Mapping[str, Sequence[str]]) -> None:
    """Put the api's errors at the form's fields: messages by dotted path, as in ``details["errors"]``.

    The message of a path below a field begins with the rest of the path. A message that
    belongs to no field is shown above the form.
    """
    form.full_clean()
    for path, messages in errors.items():
        name, below = _find_field(form.properties, path)
        for message in messages:
            form.add_error(name, f"{below}: {message}" if below else message)


def _name_fields(properties: Iterable[Property]) -> dict[str, Property]:
    """Return the properties by field name: their own name if HTML allows it."""
    found: dict[str, Property] = {}
    listed = list(properties)
    taken = {one.name for one in listed}
    for number, one in enumerate(listed):
        name = one.name
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name, re.ASCII):
            name = f"field_{number}"
            while name in taken:
                name += "_"
        found[name] = one
    return found


def _read_value(prop: Property, value: Any) -> Any:
    if prop.kind is Kind.BOOLEAN:
        return value
    if value is not MISSING:
        return value
    if prop.nullable and (prop.required or prop.default is not MISSING):
        return None
    emptied = prop.kind in (Kind.TEXT, Kind.LONG_TEXT) and not prop.required
    return "" if emptied and isinstance(prop.default, str) else MISSING


def _find_field(properties: Mapping[str, Property], path: str) -> tuple[str | None, str]:
    """Return the field of an error, and the rest of its path. The name of a property may have dots."""
    for name, one in sorted(properties.items(), key=lambda item: -len(item[1].name)):
        if path == one.name:
            return name, ""
        if path.startswith(f"{one.name}."):
            return name, path.removeprefix(f"{one.name}.")
    return None, "" if path == "__all__" else path
