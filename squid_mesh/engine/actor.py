"""Who acts: a user, or a name for what is no user."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

Actor = AbstractBaseUser | AnonymousUser | str | None


def described(actor: Actor) -> tuple[Any, str]:
    """The actor's primary key, where it is a user, and its name."""
    if actor is None:
        return None, ""
    if isinstance(actor, str):
        return None, actor[:200]
    return actor.pk, str(actor)[:200]
