"""Whom a held step asks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import Deciders, Request, encode_pk


def names_of(requests: Iterable[Request]) -> Mapping[str, str]:
    """The usernames of those that the requests assign by primary key. One query, or none."""
    model = get_user_model()
    keys = []
    for text in {text for request in requests for text in request.assignees or ()}:
        kind, _colon, value = text.partition(":")
        try:
            keys += [model._meta.pk.to_python(value)] if kind == "pk" else []
        except ValidationError:
            continue  # no key of such a model: whoever it was is told by what was given
    found = model._base_manager.filter(pk__in=keys).values_list("pk", model.USERNAME_FIELD) if keys else ()
    return {encode_pk(key): str(name) for key, name in found}


def whom(request: Request, names: Mapping[str, str]) -> str:
    """``Finance or Board``: every way to be somebody who may answer. ``names`` are as :func:`names_of`."""
    action = Action.UNBLOCK if request.kind == "pause" else Action.DECIDE
    return _or(dict.fromkeys(told_way(who, action, names) for who in request.deciders))


def told_way(who: Deciders, action: Action, names: Mapping[str, str]) -> str:
    """One way to be somebody who may answer; where it names nobody, the action's own permission."""
    groups, permission = _or(who.groups), who.permission
    if who.assignees is not None:
        named = _or(names.get(text) or _name(text) for text in who.assignees) or _("nobody")
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
