"""Run ids as callers give them."""

from __future__ import annotations

from uuid import UUID

from squid_mesh.exceptions import InvalidArgument


def checked_id(value: UUID | str) -> UUID:
    """The id as a UUID. Raises InvalidArgument where it is none."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise InvalidArgument(f"{value!r} is no run id: it must be a UUID.", argument="run_id") from None
