"""The actor of a verb: a user of the project, or the name of the system's user."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import InvalidArgument


def actor_of(options: Mapping[str, Any]) -> AbstractBaseUser | str:
    """Return the user of ``--actor``, else ``shell:<system user>``. Raises InvalidArgument."""
    return named_user(options) or shell_user()


def named_user(options: Mapping[str, Any]) -> AbstractBaseUser | None:
    """Return the user of ``--actor``, if given. Raises InvalidArgument."""
    name = options["actor"]
    return None if name is None else _user(name)


def person_of(options: Mapping[str, Any]) -> AbstractBaseUser:
    """Return the user of ``--actor``, which is required. Raises InvalidArgument."""
    user = named_user(options)
    if user is None:
        raise InvalidArgument(
            "Only a user can decide an approval: name one with --actor USERNAME.", argument="actor"
        )
    return user


def shell_user() -> str:
    """Return ``shell:`` and the name of the system's user, or its number if it has no name."""
    try:
        return f"shell:{getpass.getuser()}"
    except (OSError, KeyError):  # KeyError before Python 3.13
        return f"shell:{os.getuid()}"


def _user(name: str) -> AbstractBaseUser:
    if not is_storable(name):
        raise InvalidArgument(f"There is no user {name!r}.", argument="actor")
    users = get_user_model()._default_manager
    field = get_user_model().USERNAME_FIELD
    # The user table's own collation may ignore case.
    found = next((user for user in users.filter(**{field: name}) if user.get_username() == name), None)
    if found is None:
        known = users.filter(**{f"{field}__istartswith": name[:1]}).values_list(field, flat=True)[:1000]
        raise InvalidArgument(
            f"There is no user {name!r}{did_you_mean(name, map(str, known))}.", argument="actor"
        )
    return found
