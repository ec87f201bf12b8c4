"""Checks that raise NotPermitted. Only users are checked; code that acts without a user may do anything."""

from __future__ import annotations

from squid_mesh import authority
from squid_mesh.actions import Action
from squid_mesh.authority import Denial
from squid_mesh.definitions.request import Request
from squid_mesh.engine.actor import Actor
from squid_mesh.exceptions import NotPermitted


def check_action(
    action: Action, actor: Actor, *, request: Request | None = None, starter: str | None = None
) -> None:
    """Check that the actor may perform the action. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        _raise(action.value, actor, authority.find_denial(action, actor, request=request, starter=starter))


def check_permission(codename: str, actor: Actor) -> None:
    """Check that the actor has that permission of this app. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        _raise(codename, actor, authority.find_permission_denial(codename, actor))


def check_override(actor: Actor, *, allow_irreversible: bool) -> None:
    """Check that the actor may repeat irreversible steps, if the call asks for it. Raises NotPermitted."""
    if allow_irreversible is True:
        check_permission(authority.OVERRIDE, actor)


def check_start(actor: Actor) -> None:
    """Check that the actor may start runs by hand. Raises NotPermitted."""
    check_permission(authority.START, actor)


def check_trigger(actor: Actor) -> None:
    """Check that the actor may change cron triggers. Raises NotPermitted."""
    check_permission(authority.CHANGE_TRIGGER, actor)


def _raise(action: str, actor: Actor, denial: Denial | None) -> None:
    if denial is not None:
        raise NotPermitted(
            f"{actor} may not perform {action}: {denial.reason}.", action=action, **denial.needs
        )
