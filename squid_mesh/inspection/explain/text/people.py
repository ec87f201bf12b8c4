"""The people whom a held step asks, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import Deciders, Request, encode_pk


def find_usernames(requests: Iterable[Request]) -> Mapping[str, str]:
    """Return the usernames of the users assigned by primary key. One query, or none."""
    model = get_user_model()
    keys = []
    for text in {text for request in requests for text in request.assignees or ()}:
        kind, _colon, value = text.partition(":")
        try:
            if kind == "pk":
                key = model._meta.pk.to_python(value)
                model._meta.pk.run_validators(key)
                keys.append(key)
        except ValidationError:
            continue  # not a primary key of this user model: the text shows the stored value
    found = model._base_manager.filter(pk__in=keys).values_list("pk", model.USERNAME_FIELD) if keys else ()
    return {encode_pk(key): str(name) for key, name in found}


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
