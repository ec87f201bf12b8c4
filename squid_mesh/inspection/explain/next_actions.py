"""The possible actions of a run, and whether the user is permitted to do them."""

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
from squid_mesh.definitions.code_paths import can_load
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.inspection.explain.explanation import NextAction
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact
from squid_mesh.inspection.explain.installed_code import can_check_form, can_start
from squid_mesh.inspection.explain.text.people import deciders_text
from squid_mesh.inspection.explain.votes import find_vote
from squid_mesh.inspection.user_groups import load_groups


@dataclass(frozen=True, slots=True)
class _Lack:
    """Why a user may not do an action, as text and as data."""

    text: str
    needs: Mapping[str, Any]


def list_next_actions(facts: Facts, step: str, user: Any) -> tuple[NextAction, ...]:
    """Return all possible actions, those on ``step`` first; none where a status is not known here."""
    if facts.has_unknown_status:
        return ()
    legal = list_legal_actions(facts.status, facts.steps, facts.blueprint)
    possible = [limited for one in legal if (limited := _with_installed_code(facts, one)) is not None]
    asking = load_groups(user)
    ranked = sorted(possible, key=lambda one: (SPECS[one.action].rank, one.step != step))
    return tuple(_next_action(facts, one, asking) for one in ranked)


def _with_installed_code(facts: Facts, one: LegalAction) -> LegalAction | None:
    """Return the action without exits whose code isn't installed here; None if none is left."""
    if one.action is Action.REPLAY and not can_start(facts.workflow, facts.trigger):
        return None
    step = facts.current.get(one.step)
    if step is None:
        return one
    if SPECS[one.action].asks and any(value.column == "request" for value in step.unreadable):
        return None
    if one.action is Action.RESOLVE and not can_load(facts.blueprint.by_name[step.name].target):
        return replace(one, exits=(ERROR,)) if ERROR in one.exits else None
    asked = step.asked if one.action is Action.DECIDE else None
    if asked is not None and not can_check_form(asked, facts.workflow, step.name):
        return replace(one, exits=tuple(exit for exit in one.exits if exit != APPROVED))
    return one


def _next_action(facts: Facts, one: LegalAction, user: Any) -> NextAction:
    step = facts.current.get(one.step) if one.step else None
    found = NextAction(
        action=one.action,
        step=one.step,
        visit=None if step is None else step.visit,
        exits=one.exits,
        irreversible=one.irreversible,
    )
    if user is None:
        return found
    lacks = list(_lacks(facts, one, user))
    needs = dict(lacks[0].needs) if lacks else {}
    if lacks[1:]:
        needs["and"] = dict(lacks[1].needs)
    text = "; ".join(lack.text for lack in lacks)
    why_not = f"{text[:1].upper()}{text[1:]}." if text else ""
    return found.model_copy(update={"permitted": not lacks, "why_not": why_not, "needs": needs})


def _lacks(facts: Facts, one: LegalAction, user: Any) -> Iterator[_Lack]:
    """Yield what the user lacks for the action: nothing, one thing, or that and the override permission."""
    step = facts.current.get(one.step)
    asked = step.asked if step is not None and SPECS[one.action].asks else None
    if step is not None and one.action is Action.DECIDE:
        lack = _voter_lack(facts, step, user)
        if lack is not None:
            yield lack
            return
    starter = facts.starter.key if facts.starter is not None else None
    denial = authority.find_denial(one.action, user, request=asked, starter=starter)
    if denial is not None:
        whose = None if one.action is Action.SKIP else asked
        yield _Lack(_denial_text(denial, whose, facts.names), denial.needs)
    override = authority.find_permission_denial(authority.OVERRIDE, user) if one.irreversible else None
    if override is not None:
        yield _Lack(_denial_text(override, None, {}), override.needs)


def _voter_lack(facts: Facts, step: StepFact, user: Any) -> _Lack | None:
    if not isinstance(user, AbstractBaseUser) or user.pk is None:
        return _Lack(_("only a saved user can decide an approval"), {"saved_user": True})
    voted = find_vote(facts.votes.get(step.id, ()), str(user.pk))
    if voted is None:
        return None
    text = _("you have already decided: %(exit)s") % {"exit": voted.exit}
    return _Lack(text, {"another_person": True})


def _denial_text(denial: Denial, asked: Request | None, names: Mapping[str, str]) -> str:
    """Return what :mod:`squid_mesh.authority` denied, in the active language."""
    if "not_by_starter" in denial.needs:
        return _("the person who started the run cannot decide")
    if asked is not None:
        text = _("only %(whom)s can resume") if asked.kind == "pause" else _("only %(whom)s can decide")
        return text % {"whom": deciders_text(asked, names)}
    if "active" in denial.needs:
        return _("the account is not active")
    return _("requires the permission %(permission)s") % {"permission": denial.needs["permission"]}
