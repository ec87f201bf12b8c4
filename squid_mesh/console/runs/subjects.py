"""The subjects of runs: objects of the host project, linked where the user may view them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.contrib.admin.utils import quote
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from squid_mesh.hooks import text_of

#: A model's label and a primary key, as text.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Subject:
    """An object of the host project. ``url`` is its page in the admin, empty where the user has none."""

    text: str
    url: str


def find_subjects(request: HttpRequest, site: AdminSite, keys: Iterable[Key | None]) -> Mapping[Key, Subject]:
    """Return those objects by key. One query for each model that the user may view.

    An object that the user may not view, or that is deleted, has its key as text.
    """
    by_model: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        if key is not None:
            by_model[key[0]].add(key[1])
    return {
        (label, pk): subject
        for label, pks in by_model.items()
        for pk, subject in _find_of_model(request, site, label, pks).items()
    }


def _find_of_model(request: HttpRequest, site: AdminSite, label: str, pks: set[str]) -> dict[str, Subject]:
    unlinked = {pk: Subject(f"{label} {pk}", "") for pk in pks}
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):  # the project no longer has this model
        return unlinked
    model_admin = site._registry.get(model)
    if model_admin is None or not model_admin.has_view_permission(request):
        return unlinked
    objects = _read_objects(model_admin, request, pks)
    return unlinked | {pk: _make_subject(site, model, obj) for pk, obj in objects.items()}


def _read_objects(model_admin: Any, request: HttpRequest, pks: set[str]) -> dict[str, Model]:
    """Return the objects that still exist and that the model admin shows to the user."""
    field = model_admin.model._meta.pk
    valid = []
    for pk in pks:
        try:
            valid.append(field.to_python(pk))
        except ValidationError:  # the primary key had another type when the run was started
            continue
    return {str(obj.pk): obj for obj in model_admin.get_queryset(request).filter(pk__in=valid)}


def _make_subject(site: AdminSite, model: type[Model], obj: Model) -> Subject:
    meta = model._meta
    try:
        name = f"admin:{meta.app_label}_{meta.model_name}_change"
        url = reverse(name, args=[quote(obj.pk)], current_app=site.name)
    except NoReverseMatch:
        url = ""
    return Subject(text_of(obj, f"{meta.label_lower} {obj.pk}"), url)
