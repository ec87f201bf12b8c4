"""Who acts: a user, or a name for what is no user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.store.values import Event

Actor = AbstractBaseUser | AnonymousUser | str | None


def described(actor: Actor) -> tuple[Any, str]:
    """The actor's primary key, where it is a user, and its name."""
    if actor is None:
        return None, ""
    if isinstance(actor, str):
        return None, actor[:200]
    return actor.pk, str(actor)[:200]


def told_by(
    actor: Actor, kind: str, *, step: str = "", comment: str = "", data: Mapping[str, Any] | None = None
) -> Event:
    """What the actor did, for the audit."""
    actor_id, actor_text = described(actor)
    return Event(
        type=kind,
        step=step,
        actor_id=actor_id,
        actor_text=storable(actor_text),
        comment=storable(comment),
        data=data or {},
    )


def storable(text: str) -> str:
    """The text as every database stores it: PostgreSQL has no room for the character NUL."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
