"""The subject of a run, as the shell names it: ``app.Model:pk``."""

from __future__ import annotations

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import Model

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import InvalidArgument


def subject_of(text: str | None) -> Model | None:
    """Return the saved object that ``app.Model:pk`` names. Raises InvalidArgument."""
    if text is None:
        return None
    label, _, pk = text.partition(":")
    model = _model(label)
    try:
        found = model._default_manager.filter(pk=pk).first() if pk and is_storable(pk) else None
    except (ValueError, ValidationError):  # not a value of the primary key's type
        found = None
    if found is None:
        raise InvalidArgument(
            f"There is no {model._meta.label} with the primary key {pk!r}.", argument="subject"
        )
    return found


def _model(label: str) -> type[Model]:
    known = {model._meta.label_lower: model for model in apps.get_models()}
    if found := known.get(label.lower()):
        return found
    hint = did_you_mean(label, [model._meta.label for model in known.values()])
    raise InvalidArgument(
        f"There is no model {label!r}{hint} (expected a subject as app.Model:pk).", argument="subject"
    )
