"""Who may act: permissions, and the people that a held step asks for. Nothing here raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from squid_mesh.actions import SPECS, Action
from squid_mesh.definitions.request import Deciders, Request, encode_pk, encode_username

OVERRIDE: Final = "override_irreversible"
START: Final = "start_run"
UNMASK: Final = "unmask_run"
#: Every permission on a run, except Django's own: codename and name.
PERMISSIONS: Final = (
    *((action.value, spec.permission) for action, spec in SPECS.items()),
    (OVERRIDE, "Can repeat irreversible steps"),
    (START, "Can start runs"),
    (UNMASK, "Can reveal the secrets of runs"),
)
#: Django's own permission on triggers.
CHANGE_TRIGGER: Final = "change_trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why a user may not act. ``needs`` is JSON-ready: what the user would have to have or be."""

    reason: str
    needs: Mapping[str, Any]


def find_denial(
    action: Action, user: Any, *, request: Request | None = None, starter: str | None = None
) -> Denial | None:
    """Return why the user may not perform the action, or None if they may.

    ``request`` is what the step asks of people, for actions whose spec ``asks``. ``starter`` is the primary
    key of the user who started the run, as text. Skipping an approval has the same effect as approving it, so
    a starter who may not decide may not skip either.
    """
    if request is None or (action is Action.SKIP and find_permission_denial(action.value, user)):
        return find_permission_denial(action.value, user)
    if request.not_by_starter and starter is not None and str(user.pk) == starter:
        return Denial(reason="the person who started the run cannot decide", needs={"not_by_starter": True})
    if action is Action.SKIP:
        return None
    if not getattr(user, "is_active", True):  # permissions check this; groups and names don't
        return Denial(reason="the account is inactive", needs={"active": True})
    ways = [_with_permission(who, action) for who in request.deciders]
    if any(_matches(user, way) for way in ways):
        return None
    needs = [_needs(way) for way in ways]
    return Denial(
        reason=f"requires {' or '.join(' and '.join(_requirements(way)) for way in ways)}",
        needs={**needs[0], **({"also": needs[1:]} if needs[1:] else {})},
    )


def find_permission_denial(codename: str, user: Any) -> Denial | None:
    """Return why the user lacks that permission of this app, or None if they have it."""
    permission = f"squid_mesh.{codename}"
    if _has(user, permission):
        return None
    return Denial(reason=f"requires the permission {permission}", needs={"permission": permission})


def _has(user: Any, permission: str) -> bool:
    if user.pk is None and not user.is_anonymous:
        return False  # an unsaved user has no identity yet
    check = getattr(user, "has_perm", None)  # a project's own user model may have no permissions
    return check is not None and bool(check(permission))


def _with_permission(who: Deciders, action: Action) -> Deciders:
    """Return the same; if it names no one, it requires the action's own permission."""
    if who.permission or who.groups or who.assignees is not None:
        return who
    return Deciders(permission=f"squid_mesh.{action.value}")


def _matches(user: Any, who: Deciders) -> bool:
    return (
        (not who.permission or _has(user, who.permission))
        and (not who.groups or _in_one_of(user, who.groups))
        and (who.assignees is None or _assigned(user, who.assignees))
    )


def _in_one_of(user: Any, groups: Sequence[str]) -> bool:
    if user.pk is None or not hasattr(user, "groups"):
        return False
    # All groups, not a filter: callers that check many steps have prefetched them.
    return any(group.name in groups for group in user.groups.all())


def _assigned(user: Any, assignees: Sequence[str]) -> bool:
    return user.pk is not None and not {encode_pk(user.pk), encode_username(user.get_username())}.isdisjoint(
        assignees
    )


def _needs(who: Deciders) -> dict[str, Any]:
    return {key: value for key, value in who.model_dump(mode="json").items() if value}


def _requirements(who: Deciders) -> Iterator[str]:
    if who.permission:
        yield f"the permission {who.permission}"
    if who.groups:
        yield f"membership in {' or '.join(who.groups)}"
    if who.assignees is not None:
        yield f"assignment (assigned to {', '.join(who.assignees) or 'no one'})"
