"""The actor of a change: a user, or a name for something that is no user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.definitions.values.texts import replace_unstorable
from squid_mesh.hooks import text_of
from squid_mesh.lifecycle import EventType
from squid_mesh.store.values import Event

Actor = AbstractBaseUser | AnonymousUser | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorColumns:
    """An actor as rows store it: the user's primary key, if it is a user, and its name."""

    id: Any
    text: str


def describe_actor(actor: Actor) -> ActorColumns:
    """Return the actor as rows store it; the name has at most 200 characters that every database stores."""
    if actor is None:
        return ActorColumns(id=None, text="")
    if isinstance(actor, str):
        return ActorColumns(id=None, text=replace_unstorable(actor[:200]))
    return ActorColumns(id=actor.pk, text=replace_unstorable(text_of(actor, f"user {actor.pk}")[:200]))


def event_by(
    actor: Actor, kind: EventType, *, step: str = "", comment: str = "", data: Mapping[str, Any] | None = None
) -> Event:
    """Return the audit event of what the actor did."""
    columns = describe_actor(actor)
    return Event(
        type=kind,
        step=step,
        actor_id=columns.id,
        actor_text=columns.text,
        comment=comment,
        data=data or {},
    )
