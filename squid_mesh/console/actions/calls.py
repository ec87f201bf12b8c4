"""From what a person wishes to the call of the api that does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never
from uuid import UUID

from squid_mesh import api
from squid_mesh.actions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants done to a run. ``visit`` is the visit of the step that the person saw.

    ``data`` are the answers to an approval's form, the payload of a replay, or the output of a step that is
    resolved; None where there are none. ``exit`` is an approval's, or the outcome of a resolved step.
    """

    run_id: UUID
    action: Action
    step: str = ""
    visit: int | None = None
    exit: str = ""
    reason: str = ""
    data: Any = None
    allow_irreversible: bool = False


def carry_out(wish: Wish, user: Any) -> api.RunSummary:
    """Do it as that user; the run afterwards, or the new one. Raises whatever the api does."""
    run_id, step, reason = wish.run_id, wish.step, wish.reason
    allow = wish.allow_irreversible
    match wish.action:
        case Action.CANCEL:
            return api.cancel_run(run_id, actor=user, reason=reason)
        case Action.COMMENT:
            return api.comment_run(run_id, reason, actor=user, step=step)
        case Action.REPLAY:
            payload: Mapping[str, Any] | None = wish.data
            return api.replay_run(
                run_id, payload=payload, allow_irreversible=allow, actor=user, reason=reason
            )
        case Action.UNBLOCK:
            return api.unblock_run(run_id, step=step, visit=wish.visit, actor=user, reason=reason)
        case Action.DECIDE:
            return api.decide(
                run_id, wish.exit, step=step, visit=wish.visit, actor=user, comment=reason, data=wish.data
            )
        case Action.RETRY:
            return api.retry_step(
                run_id, step, visit=wish.visit, allow_irreversible=allow, actor=user, reason=reason
            )
        case Action.SKIP:
            return api.skip_step(run_id, step, visit=wish.visit, actor=user, reason=reason)
        case Action.RESOLVE:
            return api.resolve_step(
                run_id, step, visit=wish.visit, output=wish.data, outcome=wish.exit, actor=user, reason=reason
            )
        case Action.REWIND:
            return api.rewind_run(
                run_id, step, visit=wish.visit, allow_irreversible=allow, actor=user, reason=reason
            )
        case _:
            assert_never(wish.action)
