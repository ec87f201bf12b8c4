"""The definitions that this cluster has found unreadable: it leaves their steps to other clusters."""

from __future__ import annotations

from multiprocessing.sharedctypes import RawArray
from typing import Any, Final

_LENGTH: Final = 64
_PLACES: Final = 128
_EMPTY: Final = bytes(_LENGTH * _PLACES)

_known: set[str] = set()
# What the processes of a cluster share. They need no lock, which a killed process would keep: two that write
# the same fingerprint write the same bytes.
_shared: Any = None


def share() -> None:
    """Share what is remembered from now on with the processes that this one forks."""
    global _shared  # noqa: PLW0603 - the forked processes inherit it
    _shared = RawArray("c", _LENGTH * _PLACES)


def remember(fingerprint: str) -> None:
    """Leave the steps of runs with that definition to other clusters, until this one starts again."""
    _known.add(fingerprint)
    if _shared is None or len(fingerprint.encode()) != _LENGTH:
        return
    free = _find_place(b"\0" * _LENGTH)
    if free is not None and _find_place(fingerprint.encode()) is None:
        _write(free, fingerprint.encode())


def forget(fingerprint: str) -> None:
    """Read that definition again: this process has just compiled it."""
    _known.discard(fingerprint)
    place = None if _shared is None else _find_place(fingerprint.encode())
    if place is not None:
        _write(place, b"\0" * _LENGTH)


def list_unreadable() -> list[str]:
    """Return the fingerprints."""
    if _shared is None:
        return sorted(_known)
    stored = _shared.raw
    if stored == _EMPTY:
        return sorted(_known)
    places = (stored[at : at + _LENGTH] for at in range(0, len(stored), _LENGTH))
    return sorted(_known | {place.decode(errors="replace") for place in places if place.strip(b"\0")})


def _find_place(value: bytes) -> int | None:
    stored = _shared.raw
    return next((at for at in range(0, len(stored), _LENGTH) if stored[at : at + _LENGTH] == value), None)


def _write(place: int, value: bytes) -> None:
    _shared[place : place + _LENGTH] = value
