"""What this cluster can't run, which its processes remember together, and what of it they leave to others.

A step is left to other clusters if its code is missing here but may be there, or if its definition can't be
read here. Steps that are left aren't claimed, and don't count as due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawValue
from typing import Any, Final

from squid_mesh.processes.shared_texts import SharedTexts
from squid_mesh.store.values import MissingCode

#: A cluster remembers at most that many. A step for which it has no place isn't left to others, but paused.
MOST: Final = 256
_SIZE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is missing, until when that holds without another check, and whether its steps are left to others.

    ``until`` is a time of ``time.monotonic``, which all processes of a machine read alike.
    """

    missing: MissingCode
    until: float
    left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What isn't claimed: all steps of runs with those definitions, and single steps of definitions."""

    definitions: Sequence[str] = ()
    steps: Sequence[tuple[str, str]] = ()

    def __bool__(self) -> bool:
        """Return whether anything is left."""
        return bool(self.definitions or self.steps)


_NOTHING: Final = Left()

# What a process without a cluster knows.
_own: dict[tuple[str, str], Known] = {}
# What the processes of a cluster know together, and the row of that cluster. The forked processes inherit it.
_shared: SharedTexts | None = None
_cluster: Any = None
_parsed: tuple[object, tuple[Known, ...]] = (None, ())


def share() -> None:
    """Share what is remembered from now on with the processes that this one forks."""
    global _shared, _cluster
    _shared, _cluster = SharedTexts(MOST, _SIZE), RawValue("Q", 0)


def show_cluster(row: int) -> None:
    """Show the processes of this cluster which row is their cluster's."""
    if _cluster is not None:
        _cluster.value = row


def read_cluster() -> int | None:
    """Return the id of the row of this process's cluster; None if it has none, or none yet."""
    return None if _cluster is None else _cluster.value or None


def remember(missing: MissingCode, *, until: float, left: bool, now: float) -> bool:
    """Remember that for a while, or for longer; return False if there is no place for it.

    ``now``: what should have been checked again before that time makes room. For a definition that can't be
    read there is always a place, if not in the cluster's memory, then in this process's.
    """
    known = Known(missing=missing, until=until, left=left)
    if _shared is not None:
        kept = _write(_shared, known, now)
    else:
        kept = _key(missing) in _own or len(_own) < MOST or _drop_overdue(now)
    if not kept and missing.step:
        return False
    if _shared is None or not kept:
        _own[_key(missing)] = known
    return True


def _drop_overdue(now: float) -> bool:
    overdue = [key for key, one in _own.items() if one.until <= now]
    for key in overdue:
        del _own[key]
    return bool(overdue)


def forget(missing: MissingCode) -> None:
    """Forget that it is missing. Of another step of the definition it says nothing."""
    _own.pop(_key(missing), None)
    if _shared is not None:
        texts = _shared.read().items()
        for place in [at for at, text in texts if _key(_parse(text).missing) == _key(missing)]:
            _shared.write(place, "")


def list_known() -> Sequence[Known]:
    """Return all that is remembered."""
    global _parsed  # noqa: PLW0603 - the texts are parsed once
    own = tuple(_own.values())
    if _shared is None:
        return own
    texts = _shared.read()
    if _parsed[0] is not texts:
        _parsed = (texts, tuple(_parse(text) for text in texts.values()))
    return own + _parsed[1]


def find_known(missing: MissingCode) -> Known | None:
    """Return what is remembered of that step or definition."""
    return next((known for known in list_known() if _key(known.missing) == _key(missing)), None)


def list_shown(now: float) -> list[MissingCode]:
    """Return what the cluster's row shows to others: what needn't be checked again before that time."""
    return [known.missing for known in list_known() if known.until > now]


def list_left() -> Left:
    """Return what isn't claimed."""
    known = list_known()
    return _left(known) if known else _NOTHING


def list_left_at(now: float) -> Left:
    """Return what doesn't count as due at that time of ``time.monotonic``.

    What has to be checked again counts as due, because only a worker checks it.
    """
    known = list_known()
    return _left(one for one in known if one.until > now) if known else _NOTHING


def is_left(definition: str, step: str) -> bool:
    """Return whether that step is left to other clusters."""
    left = list_left()
    return bool(left) and (definition in left.definitions or (definition, step) in left.steps)


def _left(known: Iterable[Known]) -> Left:
    found = [one.missing for one in known if one.left]
    return Left(
        definitions=tuple(sorted(one.definition for one in found if not one.step)),
        steps=tuple(sorted((one.definition, one.step) for one in found if one.step)),
    )


def _key(missing: MissingCode) -> tuple[str, str]:
    return missing.definition, missing.step


def _write(shared: SharedTexts, known: Known, now: float) -> bool:
    """Write it to its own place, a free one, or that of something that should have been checked again."""
    found = {place: _parse(text) for place, text in shared.read().items()}
    key = _key(known.missing)
    own = [place for place, one in found.items() if _key(one.missing) == key]
    free = (place for place in range(shared.places) if place not in found)
    overdue = (place for place, one in found.items() if one.until <= now)
    place = next((place for places in (own, free, overdue) for place in places), None)
    return place is not None and shared.write(place, _format(known))


def _format(known: Known) -> str:
    missing = known.missing
    return json.dumps([missing.definition, missing.step, missing.path, known.until, known.left])


def _parse(text: str) -> Known:
    definition, step, path, until, left = json.loads(text)
    missing = MissingCode(definition=definition, step=step, path=path)
    return Known(missing=missing, until=until, left=left)
