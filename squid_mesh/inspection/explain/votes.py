"""Counting the votes of an approval: what is missing, and what can still be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from squid_mesh.definitions.request import Request, encode_pk, encode_username
from squid_mesh.inspection.explain.facts.facts import Person, Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """``missing``: votes still needed, by exit. ``unreachable``: exits for which too few people are left, if
    the people can be counted. ``undecidable``: all exits are unreachable and no deadline ends the approval.
    """

    missing: dict[str, int]
    unreachable: tuple[str, ...]
    undecidable: bool


def count_votes(
    request: Request, votes: Sequence[Vote], starter: Person | None, names: Mapping[str, str]
) -> Tally:
    """Return the tally of the votes. ``names`` are usernames by :func:`encode_pk`."""
    missing = {
        exit: request.votes_needed(exit) - sum(vote.exit == exit for vote in votes) for exit in request.exits
    }
    left = _people_left(request, votes, starter, names)
    unreachable = () if left is None else tuple(exit for exit, n in missing.items() if n > left)
    return Tally(
        missing=missing,
        unreachable=unreachable,
        undecidable=set(unreachable) == set(request.exits) and request.on_timeout is None,
    )


def _people_left(
    request: Request, votes: Sequence[Vote], starter: Person | None, names: Mapping[str, str]
) -> int | None:
    """Return how many permitted people have not voted; None if they are not all named one by one."""
    named: set[str] = set()
    for deciders in request.deciders:
        if deciders.assignees is None:
            return None
        named.update(deciders.assignees)
    excluded = [vote.by for vote in votes]
    if request.not_by_starter and starter is not None:
        excluded.append(starter)
    for person in excluded:
        key = encode_pk(person.key)
        named -= {key, encode_username(names.get(key, ""))}
    return len(named)


def find_vote(votes: Sequence[Vote], key: str) -> Vote | None:
    """Return the vote of the user with that primary key."""
    return next((vote for vote in votes if vote.by.key == key), None)
