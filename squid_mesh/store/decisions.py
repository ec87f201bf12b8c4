"""The votes of people at approvals. The caller holds the run's lock."""

from __future__ import annotations

from dataclasses import dataclass

from squid_mesh.models import Decision
from squid_mesh.store.clock import DatabaseNow
from squid_mesh.store.values import Json, SecretPaths


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One person's answer at an approval. ``at`` is in ISO form."""

    exit: str
    actor_key: str
    actor_text: str
    at: str = ""


def read_votes(step_id: int, using: str) -> list[Vote]:
    """Return the votes at that visit of a step, in order."""
    return [
        Vote(exit=exit, actor_key=key, actor_text=text, at=at.isoformat())
        for exit, key, text, at in Decision.objects.using(using)
        .filter(step_id=step_id)
        .order_by("id")
        .values_list("exit", "actor_key", "actor_text", "created_at")
    ]


def record_vote(step_id: int, vote: Vote, comment: str, data: Json, secrets: SecretPaths, using: str) -> None:
    """Record one vote, now. ``secrets`` are the paths of those in ``data``."""
    row = Decision(
        step_id=step_id,
        exit=vote.exit,
        actor_key=vote.actor_key,
        actor_text=vote.actor_text,
        comment=comment,
        data=data,
        secrets=secrets,
        created_at=DatabaseNow(),
    )
    Decision.objects.using(using).bulk_create([row])  # sends no signal to the project's receivers
