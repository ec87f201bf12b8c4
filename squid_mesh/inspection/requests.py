"""Reading what held steps ask of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from squid_mesh.definitions.request import Request


def read_request(stored: Mapping[str, Any]) -> Request | None:
    """Return a step's stored request; None if this version can't read it, since a newer version wrote it."""
    try:
        return Request.model_validate(stored)
    except ValidationError:
        return None
