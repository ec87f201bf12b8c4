"""An approval as it stands: who may decide, who has, how many are missing, and whether anybody still can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from squid_mesh.definitions.request import Request, encode_pk, encode_username
from squid_mesh.inspection.explain.facts.facts import Somebody, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """``missing``: by exit, how many more people have to say so. ``unreachable``: exits that so many can't be
    found for any more, where that is known. ``stuck``: that is all of them, and no deadline ends it.
    """

    missing: dict[str, int]
    unreachable: tuple[str, ...]
    stuck: bool


def tally(request: Request, votes: Sequence[Vote], starter: Somebody | None) -> Tally:
    """How it stands."""
    missing = {exit: request.votes_needed(exit) - _said(votes, exit) for exit in request.exits}
    left = _left(request, votes, starter)
    unreachable = () if left is None else tuple(exit for exit, n in missing.items() if n > left)
    return Tally(
        missing=missing,
        unreachable=unreachable,
        stuck=set(unreachable) == set(request.exits) and request.on_timeout is None,
    )


def _said(votes: Sequence[Vote], exit: str) -> int:
    return sum(vote.exit == exit for vote in votes)


def _left(request: Request, votes: Sequence[Vote], starter: Somebody | None) -> int | None:
    """How many of those who may decide haven't; None where nobody can count them."""
    named: set[str] = set()
    for who in request.deciders:
        if who.assignees is None:
            return None
        named.update(who.assignees)
    gone = [vote.by for vote in votes]
    if request.not_by_starter and starter is not None:
        gone.append(starter)
    for somebody in gone:
        named -= {encode_pk(somebody.key), encode_username(somebody.username)}
    return len(named)


def vote_of(votes: Sequence[Vote], key: str) -> Vote | None:
    """What that user has said."""
    return next((vote for vote in votes if vote.by.key == key), None)
