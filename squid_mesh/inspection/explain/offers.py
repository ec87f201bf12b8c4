"""What people may do now, and whether the asking user may."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from squid_mesh import authority
from squid_mesh.actions import Action, Possible, allowed_actions
from squid_mesh.authority import Denial
from squid_mesh.inspection.asking import with_groups
from squid_mesh.inspection.explain.facts import Facts
from squid_mesh.inspection.explain.voting import vote_of
from squid_mesh.inspection.explanation import NextAction

#: Actions on a run that lead further come before those that start it over, and a comment comes last.
_LATE: Final = {Action.CANCEL: 1, Action.REPLAY: 1, Action.REWIND: 2, Action.COMMENT: 3}


def offers(facts: Facts, step: str, user: Any) -> tuple[NextAction, ...]:
    """All that is legal, what concerns ``step`` first."""
    possible = allowed_actions(facts.status, facts.steps, facts.blueprint)
    asking = with_groups(user)
    ranked = sorted(possible, key=lambda one: (_LATE.get(one.action, 0), one.step != step))
    return tuple(_offer(facts, one, asking) for one in ranked)


def _offer(facts: Facts, one: Possible, user: Any) -> NextAction:
    step = facts.current.get(one.step) if one.step else None
    offered = NextAction(
        action=one.action,
        step=one.step,
        visit=None if step is None else step.visit,
        exits=one.exits,
        irreversible=one.irreversible,
    )
    if user is None:
        return offered
    denials = [denial for denial in _denials(facts, one, user) if denial is not None]
    needs = dict(denials[0].needs) if denials else {}
    if denials[1:]:
        needs["and"] = dict(denials[1].needs)
    return offered.model_copy(
        update={
            "permitted": not denials,
            "why_not": _sentence(denials),
            "needs": needs,
        }
    )


def _denials(facts: Facts, one: Possible, user: Any) -> Iterable[Denial | None]:
    step = facts.current.get(one.step)
    asked = step.asked if step is not None and one.action in (Action.DECIDE, Action.UNBLOCK) else None
    starter = facts.starter.key if facts.starter is not None else None
    if one.action is Action.DECIDE:
        if not isinstance(user, AbstractBaseUser) or user.pk is None:
            yield Denial(reason=_("an approval is decided by a saved user"), needs={"saved_user": True})
            return
        voted = vote_of(facts.votes.get(step.id, ()), str(user.pk)) if step is not None else None
        if voted is not None:
            reason = _("you have decided already: %(exit)s") % {"exit": voted.exit}
            yield Denial(reason=reason, needs={"another_person": True})
            return
    yield authority.denied(one.action, user, request=asked, starter=starter)
    if one.irreversible:
        yield authority.override_denied(user)


def _sentence(denials: list[Denial]) -> str:
    told = "; ".join(denial.reason for denial in denials)
    return f"{told[:1].upper()}{told[1:]}." if told else ""
