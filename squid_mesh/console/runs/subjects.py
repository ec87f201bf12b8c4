"""What runs are about: the host's own objects, as far as the asking user may see them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """An object of the host's. ``url`` is its page in the admin, empty where there is none for this user."""

    text: str
    url: str


def find_subjects(request: HttpRequest, site: AdminSite, keys: Iterable[Key | None]) -> Mapping[Key, Subject]:
    """Those objects by model label and primary key. One query a model that the user may view."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        if key is not None:
            wanted[key[0]].add(key[1])
    return {
        (label, pk): subject
        for label, pks in wanted.items()
        for pk, subject in _of_model(request, site, label, pks).items()
    }


def _of_model(request: HttpRequest, site: AdminSite, label: str, pks: set[str]) -> dict[str, Subject]:
    plain = {pk: Subject(f"{label} {pk}", "") for pk in pks}
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):  # gone from the project since
        return plain
    registered = site._registry.get(model)
    if registered is None or not registered.has_view_permission(request):
        return plain
    return plain | {pk: _linked(site, model, one) for pk, one in _found(registered, request, pks).items()}


def _found(registered: Any, request: HttpRequest, pks: set[str]) -> dict[str, Model]:
    """What is still there of what the user's admin shows."""
    field = registered.model._meta.pk
    sound = []
    for pk in pks:
        try:
            sound.append(field.to_python(pk))
        except ValidationError:  # of a key that had another type once
            continue
    return {str(one.pk): one for one in registered.get_queryset(request).filter(pk__in=sound)}


def _linked(site: AdminSite, model: type[Model], one: Model) -> Subject:
    meta = model._meta
    try:
        address = f"admin:{meta.app_label}_{meta.model_name}_change"
        url = reverse(address, args=[one.pk], current_app=site.name)
    except NoReverseMatch:
        url = ""
    return Subject(str(one), url)
