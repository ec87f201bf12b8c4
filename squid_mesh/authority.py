"""Whether a person may do something to a run: permissions, and who a held step asks for. Raises nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from squid_mesh.actions import Action
from squid_mesh.definitions.request import Deciders, Request, encode_pk, encode_username

_ACTIONS: Final[Mapping[Action, str]] = {
    Action.CANCEL: "Can cancel runs",
    Action.COMMENT: "Can comment on runs",
    Action.REPLAY: "Can replay runs",
    Action.UNBLOCK: "Can let paused runs go on",
    Action.DECIDE: "Can decide approvals that name nobody",
    Action.RETRY: "Can retry steps",
    Action.SKIP: "Can skip steps",
    Action.RESOLVE: "Can resolve steps by hand",
    Action.REWIND: "Can rewind runs",
}
OVERRIDE: Final = "override_irreversible"
START: Final = "start_run"
UNMASK: Final = "unmask_run"
#: Every permission on a run beside Django's own: codename and name.
PERMISSIONS: Final = (
    *((action.value, name) for action, name in _ACTIONS.items()),
    (OVERRIDE, "Can repeat irreversible steps"),
    (START, "Can start runs"),
    (UNMASK, "Can see the secrets of runs"),
)
#: Django's own permission on triggers.
CHANGE_TRIGGER: Final = "change_trigger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """Why somebody may not act. ``needs`` is JSON-ready: what they would have to have or be."""

    reason: str
    needs: Mapping[str, Any]


def denied(
    action: Action, user: Any, *, request: Request | None = None, starter: str | None = None
) -> Denial | None:
    """Why the user may not do that, or None where they may.

    ``request`` is what the step asks of people, for ``DECIDE``, ``UNBLOCK`` and ``SKIP``; ``starter`` the
    primary key of the user who started the run, as text. To skip an approval is to go on as if it had been
    given, so whoever may not decide it as the starter may not skip it either.
    """
    if request is None or (action is Action.SKIP and _without(user, action.value)):
        return _without(user, action.value)
    if request.not_by_starter and starter is not None and str(user.pk) == starter:
        return Denial(reason="whoever started the run may not decide", needs={"not_by_starter": True})
    if action is Action.SKIP:
        return None
    if not getattr(user, "is_active", True):  # Django's permissions know that; groups and names don't
        return Denial(reason="the account isn't active", needs={"active": True})
    ways = [_named(who, action) for who in request.deciders]
    if any(_is(user, way) for way in ways):
        return None
    needs = [_needs(way) for way in ways]
    return Denial(
        reason=" or ".join(_told(way) for way in ways),
        needs={**needs[0], **({"also": needs[1:]} if needs[1:] else {})},
    )


def override_denied(user: Any) -> Denial | None:
    """Why the user may not repeat irreversible steps, or None where they may."""
    return _without(user, OVERRIDE)


def start_denied(user: Any) -> Denial | None:
    """Why the user may not start runs, or None where they may."""
    return _without(user, START)


def unmask_denied(user: Any) -> Denial | None:
    """Why the user may not see secrets, or None where they may."""
    return _without(user, UNMASK)


def trigger_denied(user: Any) -> Denial | None:
    """Why the user may not change cron triggers, or None where they may."""
    return _without(user, CHANGE_TRIGGER)


def _without(user: Any, codename: str) -> Denial | None:
    permission = f"squid_mesh.{codename}"
    if _has(user, permission):
        return None
    return Denial(reason=f"it needs the permission {permission}", needs={"permission": permission})


def _has(user: Any, permission: str) -> bool:
    if user.pk is None and not user.is_anonymous:
        return False  # nobody knows yet who that will be
    check = getattr(user, "has_perm", None)  # a host's own user model may know no permissions
    return check is not None and bool(check(permission))


def _named(who: Deciders, action: Action) -> Deciders:
    """Where nobody is named the action's own permission is needed."""
    if who.permission or who.groups or who.assignees is not None:
        return who
    return Deciders(permission=f"squid_mesh.{action.value}")


def _is(user: Any, who: Deciders) -> bool:
    return (
        (not who.permission or _has(user, who.permission))
        and (not who.groups or _in_one_of(user, who.groups))
        and (who.assignees is None or _assigned(user, who.assignees))
    )


def _in_one_of(user: Any, groups: Sequence[str]) -> bool:
    if user.pk is None or not hasattr(user, "groups"):
        return False
    # All of them: whoever asks for many steps has prefetched them.
    return any(group.name in groups for group in user.groups.all())


def _assigned(user: Any, assignees: Sequence[str]) -> bool:
    return user.pk is not None and not {encode_pk(user.pk), encode_username(user.get_username())}.isdisjoint(
        assignees
    )


def _needs(who: Deciders) -> dict[str, Any]:
    return {key: value for key, value in who.model_dump(mode="json").items() if value}


def _told(who: Deciders) -> str:
    return " and ".join(_parts(who))


def _parts(who: Deciders) -> Iterator[str]:
    if who.permission:
        yield f"it needs the permission {who.permission}"
    if who.groups:
        yield f"it is for {' or '.join(who.groups)}"
    if who.assignees is not None:
        yield f"it is assigned to {', '.join(who.assignees) or 'nobody'}"
