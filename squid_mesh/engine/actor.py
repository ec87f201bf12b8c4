"""The actor of a change: a user, or a name for something that is no user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from squid_mesh.definitions.values.texts import find_text_error, replace_unstorable
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.hooks import text_of
from squid_mesh.lifecycle import EventType
from squid_mesh.models.exact_text import USER_KEY_LENGTH
from squid_mesh.store.values import Event

Actor = AbstractBaseUser | AnonymousUser | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorColumns:
    """An actor as rows store it: the user's primary key as text, empty if it is no user, and its name."""

    key: str
    text: str


def describe_actor(actor: Actor) -> ActorColumns:
    """Return the actor as rows store it; the name has at most 200 characters that every database stores.

    Raises:
        InvalidArgument: the user's primary key can't be stored as text.
    """
    if actor is None:
        return ActorColumns(key="", text="")
    if isinstance(actor, str):
        return ActorColumns(key="", text=replace_unstorable(actor[:200]))
    key = "" if actor.pk is None else _check_key(str(actor.pk))
    return ActorColumns(key=key, text=replace_unstorable(text_of(actor, f"user {actor.pk}")[:200]))


def _check_key(key: str) -> str:
    if len(key) > USER_KEY_LENGTH:
        raise InvalidArgument(
            f"The user's primary key has more than {USER_KEY_LENGTH} characters.", argument="actor"
        )
    if error := find_text_error(key):
        raise InvalidArgument(f"The user's primary key {error}, which can't be stored.", argument="actor")
    return key


def event_by(
    actor: Actor, kind: EventType, *, step: str = "", comment: str = "", data: Mapping[str, Any] | None = None
) -> Event:
    """Return the audit event of what the actor did."""
    columns = describe_actor(actor)
    return Event(
        type=kind,
        step=step,
        actor_key=columns.key,
        actor_text=columns.text,
        comment=comment,
        data=data or {},
    )
