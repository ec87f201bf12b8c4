"""Refusing whom the rules of authority deny. The host's own code, which is no user, acts on its own."""

from __future__ import annotations

from squid_mesh import authority
from squid_mesh.actions import Action
from squid_mesh.authority import Denial
from squid_mesh.definitions.request import Request
from squid_mesh.engine.actor import Actor
from squid_mesh.exceptions import NotPermitted


def check(
    action: Action, actor: Actor, *, request: Request | None = None, starter: str | None = None
) -> None:
    """Nothing, where the actor may do that. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        denial = authority.denied(action, actor, request=request, starter=starter)
        if denial is not None:
            raise _refused(action.value, actor, denial)


def check_override(actor: Actor, *, allow_irreversible: bool) -> None:
    """Nothing, where the actor may repeat irreversible steps or doesn't ask for it. Raises NotPermitted."""
    if allow_irreversible and actor is not None and not isinstance(actor, str):
        denial = authority.override_denied(actor)
        if denial is not None:
            raise _refused(authority.OVERRIDE, actor, denial)


def check_start(actor: Actor) -> None:
    """Nothing, where the actor may start runs by hand. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        denial = authority.start_denied(actor)
        if denial is not None:
            raise _refused(authority.START, actor, denial)


def check_unmask(actor: Actor) -> None:
    """Nothing, where the actor may see secrets. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        denial = authority.unmask_denied(actor)
        if denial is not None:
            raise _refused(authority.UNMASK, actor, denial)


def check_trigger(actor: Actor) -> None:
    """Nothing, where the actor may change cron triggers. Raises NotPermitted."""
    if actor is not None and not isinstance(actor, str):
        denial = authority.trigger_denied(actor)
        if denial is not None:
            raise _refused(authority.CHANGE_TRIGGER, actor, denial)


def _refused(action: str, actor: Actor, denial: Denial) -> NotPermitted:
    return NotPermitted(f"{actor} isn't allowed {action}: {denial.reason}.", action=action, **denial.needs)
