"""Who acts: a user, or a name for what is no user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.lifecycle import EventType
from squid_mesh.store.values import Event

Actor = AbstractBaseUser | AnonymousUser | str | None


def described(actor: Actor) -> tuple[Any, str]:
    """The actor's primary key, where it is a user, and its name, as far as a database stores it."""
    if actor is None:
        return None, ""
    if isinstance(actor, str):
        return None, replace_unstorable(actor[:200])
    return actor.pk, replace_unstorable(str(actor)[:200])


def event_by(
    actor: Actor, kind: EventType, *, step: str = "", comment: str = "", data: Mapping[str, Any] | None = None
) -> Event:
    """What the actor did, for the audit."""
    actor_id, actor_text = described(actor)
    return Event(
        type=kind,
        step=step,
        actor_id=actor_id,
        actor_text=actor_text,
        comment=comment,
        data=data or {},
    )
