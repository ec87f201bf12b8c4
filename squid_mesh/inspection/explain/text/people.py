"""The people whom a held step asks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import Deciders, Request, encode_pk


def find_usernames(requests: Iterable[Request], acted: Iterable[str] = ()) -> Mapping[str, str]:
    """Return usernames by :func:`encode_pk`, in one query or none.

    They are those of the users assigned by primary key, and of the users who ``acted``, given by primary key
    as text, if any user is assigned by name. Deleted users are missing.
    """
    assigned = {text for request in requests for deciders in request.deciders for text in _people(deciders)}
    keys = {value for kind, _colon, value in (text.partition(":") for text in assigned) if kind == "pk"}
    if assigned:
        keys.update(acted)
    model = get_user_model()
    valid = [key for key in map(_read_key, keys) if key is not None]
    found = model._base_manager.filter(pk__in=valid).values_list("pk", model.USERNAME_FIELD) if valid else ()
    return {encode_pk(key): str(name) for key, name in found}


def _people(deciders: Deciders) -> Iterable[str]:
    return deciders.assignees or ()


def _read_key(text: str) -> Any:
    """Return the primary key; None if the user model has none such, since it had another type before."""
    field: Any = get_user_model()._meta.pk
    try:
        key = field.to_python(text)
        field.run_validators(key)
    except ValidationError:
        return None
    return key


def deciders_text(request: Request, names: Mapping[str, str]) -> str:
    """Return all who may answer: ``Finance or Board``. ``names`` are those of :func:`find_usernames`."""
    action = Action.UNBLOCK if request.kind == "pause" else Action.DECIDE
    return _or(dict.fromkeys(decider_text(deciders, action, names) for deciders in request.deciders))


def decider_text(deciders: Deciders, action: Action, names: Mapping[str, str]) -> str:
    """Return who one rule permits; a rule without people or groups means the action's own permission."""
    groups, permission = _or(deciders.groups), deciders.permission
    if deciders.assignees is not None:
        named = _or(names.get(text) or _name(text) for text in deciders.assignees) or _("no user")
        more = [_("in %(groups)s") % {"groups": groups}] if groups else []
    elif groups:
        named, more = groups, []
    else:
        permission = permission or f"squid_mesh.{action.value}"
        return _("people with the permission %(permission)s") % {"permission": permission}
    more += [_("with the permission %(permission)s") % {"permission": permission}] if permission else []
    return f"{named} ({', '.join(more)})" if more else named


def _name(assignee: str) -> str:
    kind, colon, value = assignee.partition(":")
    return _("user %(key)s") % {"key": value} if kind == "pk" and colon else value


def _or(names: Iterable[str]) -> str:
    *most, last = [*names] or [""]
    return _("%(some)s or %(last)s") % {"some": ", ".join(most), "last": last} if most else last
