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
    reason: str = "",
) -> None:
    """Do that through the api, as whoever pressed its button would."""
    by: dict[str, Any] = {"actor": actor, "reason": reason}
    word: dict[str, Any] = {"actor": actor, "comment": reason}
    allow = {"allow_irreversible": bool(offer.irreversible)}
    match offer.action:
        case Action.CANCEL:
            api.cancel_run(run_id, **by)
        case Action.COMMENT:
            api.comment_run(run_id, reason or "seen", actor=actor)
        case Action.REPLAY:
            api.replay_run(run_id, **by, **allow)
        case Action.UNBLOCK:
            api.unblock_run(run_id, step=offer.step, visit=offer.visit, **by)
        case Action.DECIDE:
            api.decide_approval(run_id, exit, step=offer.step, visit=offer.visit, data=answers, **word)
        case Action.RETRY:
            api.retry_step(run_id, offer.step, **by, **allow)
        case Action.SKIP:
            api.skip_step(run_id, offer.step, **by)
        case Action.RESOLVE:
            given = output if exit == "ok" else None
            api.resolve_step(run_id, offer.step, outcome=exit, output=given, **by)
        case Action.REWIND:
            api.rewind_run(run_id, offer.step, **by, **allow)
