"""What people may do now, and whether the asking user may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.utils.translation import gettext as _

from squid_mesh import authority
from squid_mesh.actions import SPECS, Action, LegalAction, list_legal_actions
from squid_mesh.authority import Denial
from squid_mesh.definitions.blueprint import ERROR
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.inspection.asking import with_groups
from squid_mesh.inspection.explain import code
from squid_mesh.inspection.explain.explanation import NextAction
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.text.people import whom
from squid_mesh.inspection.explain.votes import vote_of


@dataclass(frozen=True, slots=True)
class _Lack:
    """What keeps a user from an action."""

    told: str
    needs: Mapping[str, Any]


def offers(facts: Facts, step: str, user: Any) -> tuple[NextAction, ...]:
    """All that is legal, what concerns ``step`` first."""
    legal = list_legal_actions(facts.status, facts.steps, facts.blueprint)
    possible = [doable for one in legal if (doable := _doable(facts, one)) is not None]
    asking = with_groups(user)
    ranked = sorted(possible, key=lambda one: (SPECS[one.action].rank, one.step != step))
    return tuple(_offer(facts, one, asking) for one in ranked)


def _doable(facts: Facts, one: LegalAction) -> LegalAction | None:
    """The action without the exits that need code which isn't installed here; None where all of it does."""
    if one.action is Action.REPLAY and not code.startable(facts.workflow, facts.trigger):
        return None
    step = facts.current.get(one.step)
    if step is None:
        return one
    if one.action is Action.RESOLVE and not code.installed(facts.blueprint.by_name[step.name].target):
        return replace(one, exits=(ERROR,)) if ERROR in one.exits else None
    asked = step.asked if one.action is Action.DECIDE else None
    if asked is not None and asked.form is not None and not code.installed(asked.form):
        return replace(one, exits=tuple(exit for exit in one.exits if exit != APPROVED))
    return one


def _offer(facts: Facts, one: LegalAction, user: Any) -> NextAction:
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
    lacks = list(_lacks(facts, one, user))
    needs = dict(lacks[0].needs) if lacks else {}
    if lacks[1:]:
        needs["and"] = dict(lacks[1].needs)
    told = "; ".join(lack.told for lack in lacks)
    why_not = f"{told[:1].upper()}{told[1:]}." if told else ""
    return offered.model_copy(update={"permitted": not lacks, "why_not": why_not, "needs": needs})


def _lacks(facts: Facts, one: LegalAction, user: Any) -> Iterator[_Lack]:
    """What the user lacks for it: nothing, the one thing, or that and the right to override."""
    step = facts.current.get(one.step)
    asked = step.asked if step is not None and SPECS[one.action].asks else None
    if step is not None and one.action is Action.DECIDE:
        lack = _no_voter(facts, step, user)
        if lack is not None:
            yield lack
            return
    starter = facts.starter.key if facts.starter is not None else None
    denial = authority.find_denial(one.action, user, request=asked, starter=starter)
    if denial is not None:
        whose = None if one.action is Action.SKIP else asked
        yield _Lack(_told(denial, whose, facts.names), denial.needs)
    override = authority.find_permission_denial(authority.OVERRIDE, user) if one.irreversible else None
    if override is not None:
        yield _Lack(_told(override, None, {}), override.needs)


def _no_voter(facts: Facts, step: StepFact, user: Any) -> _Lack | None:
    if not isinstance(user, AbstractBaseUser) or user.pk is None:
        return _Lack(_("only a saved user can decide an approval"), {"saved_user": True})
    voted = vote_of(facts.votes.get(step.id, ()), str(user.pk))
    if voted is None:
        return None
    told = _("you have already decided: %(exit)s") % {"exit": voted.exit}
    return _Lack(told, {"another_person": True})


def _told(denial: Denial, asked: Request | None, names: Mapping[str, str]) -> str:
    """As :mod:`squid_mesh.authority` says it, in the active language."""
    if "not_by_starter" in denial.needs:
        return _("the person who started the run cannot decide")
    if asked is not None:
        text = _("only %(whom)s can resume") if asked.kind == "pause" else _("only %(whom)s can decide")
        return text % {"whom": whom(asked, names)}
    return _("requires the permission %(permission)s") % {"permission": denial.needs["permission"]}
