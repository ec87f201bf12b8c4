"""Texts as callers give them."""

from __future__ import annotations

from squid_mesh.definitions.values.texts import find_text_error
from squid_mesh.exceptions import InvalidArgument


def checked_text(text: str, argument: str) -> str:
    """The text, where every database stores it. Raises InvalidArgument, which names the argument."""
    if fault := find_text_error(text):
        raise InvalidArgument(
            f"The {argument} {fault}, which is not stored: leave that out.", argument=argument
        )
    return text
