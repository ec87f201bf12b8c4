"""Approvals: who may decide, who has voted, the deadline, and what happens then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import APPROVED, Deciders, EscalationPolicy, Request
from squid_mesh.inspection.explain.explanation import Reason, StepReason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact, Vote
from squid_mesh.inspection.explain.installed_code import can_check_form, is_form_installed, list_form_changes
from squid_mesh.inspection.explain.reasons import unreadable
from squid_mesh.inspection.explain.reasons.step_reasons import iso, step_reason, warn_without_cluster
from squid_mesh.inspection.explain.text.people import decider_text, deciders_text
from squid_mesh.inspection.explain.text.times import duration_text, time_text
from squid_mesh.inspection.explain.votes import Tally, count_votes
from squid_mesh.lifecycle import EventType


def explain_approval(facts: Facts, step: StepFact) -> StepReason:
    """Return the reason of a step that waits for an approval."""
    asked = step.asked
    if asked is None:
        return unreadable.explain_unreadable_request(facts, step)
    votes = facts.votes.get(step.id, ())
    tally = count_votes(asked, votes, facts.starter, facts.names)
    since = asked_at(facts, step, EventType.APPROVAL_REQUESTED)
    opening = _("Waiting for %(whom)s to decide on %(step)s since %(at)s") % {
        "whom": deciders_text(asked, facts.names),
        "step": step.name,
        "at": time_text(since, facts.now),
    }
    parts = [
        f"{opening}{prompt_text(asked.prompt)}",
        *_progress(asked, votes, tally),
        *_form(facts, step, asked),
        *_deadline(facts, step, asked),
    ]
    summary = "; ".join(parts) + "."
    if step.due_at is not None:
        summary = warn_without_cluster(facts, summary)
    details = _details(asked, votes, tally) | {
        "form_installed": is_form_installed(asked, facts.workflow, step.name),
        "form_changes": list(list_form_changes(asked, facts.workflow, step.name)),
        "since": iso(since),
        "due_at": iso(step.due_at),
        "clusters": facts.alive,
    }
    return step_reason(step, Reason.PAUSED_FOR_APPROVAL, summary, **details)


def _progress(asked: Request, votes: tuple[Vote, ...], tally: Tally) -> Iterator[str]:
    if votes:
        given = ", ".join(f"{vote.by.text}: {vote.exit}" for vote in votes)
        yield _("%(n)d more must approve (%(votes)s)") % {"n": tally.missing.get(APPROVED, 0), "votes": given}
    elif asked.quorum > 1:
        yield _("%(n)d people must approve") % {"n": asked.quorum}
    if tally.undecidable:
        yield _("no permitted person is left to decide, so skip the step or cancel the run")
    elif asked.not_by_starter and not votes:
        yield _("the person who started the run may not decide")


def _form(facts: Facts, step: StepFact, asked: Request) -> Iterator[str]:
    if not can_check_form(asked, facts.workflow, step.name):
        yield _("its form %(path)s can't be loaded here, so it can't be approved") % {"path": asked.form}
    elif not is_form_installed(asked, facts.workflow, step.name):
        yield _("its form %(path)s is no longer installed here: its stored schema checks the answers") % {
            "path": asked.form
        }
    elif changes := list_form_changes(asked, facts.workflow, step.name):
        yield _("its form has changed since it was asked for: %(changes)s") % {"changes": ", ".join(changes)}


def _deadline(facts: Facts, step: StepFact, asked: Request) -> Iterator[str]:
    if step.due_at is None:
        return
    words = {
        "at": time_text(step.due_at, facts.now),
        "left": duration_text(step.due_at - facts.now),
        "then": _after_deadline(asked),
    }
    if facts.is_due(step.due_at):
        yield _("the deadline passed at %(at)s; at the next worker's check %(then)s") % words
    else:
        yield _("the deadline is at %(at)s (in %(left)s), then %(then)s") % words


def _after_deadline(asked: Request) -> str:
    match asked.on_timeout:
        case EscalationPolicy() as policy:
            wider = decider_text(_escalation_deciders(policy), Action.DECIDE, {})
            return _("%(whom)s may also decide") % {"whom": wider}
        case exit:
            return _("the outcome is %(exit)s") % {"exit": exit}


def _escalation_deciders(policy: EscalationPolicy) -> Deciders:
    return Deciders(permission=policy.permission, groups=policy.groups)


def _details(asked: Request, votes: tuple[Vote, ...], tally: Tally) -> dict[str, Any]:
    policy = asked.on_timeout if isinstance(asked.on_timeout, EscalationPolicy) else None
    return {
        "prompt": asked.prompt,
        "who": deciders_details(asked),
        "not_by_starter": asked.not_by_starter,
        "exits": list(asked.exits),
        "form": asked.form,
        "quorum": asked.quorum,
        "rejections": asked.rejections,
        "votes": [{"by": vote.by.text, "exit": vote.exit, "at": iso(vote.at)} for vote in votes],
        "missing": tally.missing,
        "unreachable": list(tally.unreachable),
        "undecidable": tally.undecidable,
        "deadline": iso(asked.deadline),
        "on_timeout": "escalate" if policy else asked.on_timeout,
        "escalates_to": _decider_details(_escalation_deciders(policy)) if policy else None,
        "escalated": asked.escalated,
    }


def deciders_details(asked: Request) -> list[dict[str, Any]]:
    """Return who may answer, JSON-ready; an empty entry means the action's own permission."""
    return [_decider_details(deciders) for deciders in asked.deciders]


def _decider_details(deciders: Deciders) -> dict[str, Any]:
    found = deciders.model_dump(mode="json")
    return {key: value for key, value in found.items() if value not in ("", [], None)}


def asked_at(facts: Facts, step: StepFact, kind: EventType) -> datetime | None:
    """Return when the step asked; if that event is too old to be read, when its last execution started."""
    for event in facts.events:
        if (event.type, event.step, event.data.get("visit")) == (kind, step.name, step.visit):
            return event.created_at
    return step.started_at


def prompt_text(prompt: str) -> str:
    """Return the prompt in quotes after a colon; nothing if there is none."""
    return f": “{prompt}”" if prompt else ""
