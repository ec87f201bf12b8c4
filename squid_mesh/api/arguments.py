"""Checks of arguments that many functions take."""

from __future__ import annotations

from uuid import UUID

from squid_mesh.definitions.values.texts import find_text_error
from squid_mesh.exceptions import InvalidArgument


def check_run_id(value: UUID | str) -> UUID:
    """Return the run's id as a UUID. Raises InvalidArgument."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise InvalidArgument(
            f"{value!r} is not a valid run ID (expected a UUID).", argument="run_id"
        ) from None


def check_text(text: str, argument: str) -> str:
    """Return the text if every database can store it. Raises InvalidArgument with the argument's name."""
    if problem := find_text_error(text):
        raise InvalidArgument(
            f"The {argument} {problem}, which can't be stored. Remove it.", argument=argument
        )
    return text
