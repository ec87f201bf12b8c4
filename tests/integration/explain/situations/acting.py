"""Doing what an explanation offers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from squid_mesh import api
from squid_mesh.actions import Action


def act(
    run_id: UUID,
    offer: api.NextAction,
    actor: Any,
    *,
    exit: str = "",
    output: Any = None,
    answers: Any = None,
) -> None:
    """Do that through the api, as whoever pressed its button would."""
    allow = {"allow_irreversible": bool(offer.irreversible)}
    match offer.action:
        case Action.CANCEL:
            api.cancel_run(run_id, actor=actor)
        case Action.COMMENT:
            api.comment_run(run_id, "seen", actor=actor)
        case Action.REPLAY:
            api.replay_run(run_id, actor=actor, **allow)
        case Action.UNBLOCK:
            api.unblock_run(run_id, step=offer.step, visit=offer.visit, actor=actor)
        case Action.DECIDE:
            api.decide(run_id, exit, step=offer.step, visit=offer.visit, actor=actor, data=answers)
        case Action.RETRY:
            api.retry_step(run_id, offer.step, actor=actor, **allow)
        case Action.SKIP:
            api.skip_step(run_id, offer.step, actor=actor)
        case Action.RESOLVE:
            given = output if exit == "ok" else None
            api.resolve_step(run_id, offer.step, outcome=exit, output=given, actor=actor)
        case Action.REWIND:
            api.rewind_run(run_id, offer.step, actor=actor, **allow)
