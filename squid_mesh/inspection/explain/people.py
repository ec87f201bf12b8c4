"""Whom a held step asks, in words."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import Request, Who


def whom(request: Request) -> str:
    """``Finance or Board``: every way to be somebody who may answer."""
    action = Action.UNBLOCK if request.kind == "pause" else Action.DECIDE
    return _or(dict.fromkeys(told_way(who, action) for who in request.who))


def told_way(who: Who, action: Action) -> str:
    """One way to be somebody who may answer; where it names nobody, the action's own permission."""
    groups, permission = _or(who.groups), who.permission
    if who.assignees is not None:
        named = _or(_name(text) for text in who.assignees) or _("nobody")
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
