"""Explaining an approval: who may decide since when, who has, by when, and what happens then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from squid_mesh.actions import Action
from squid_mesh.definitions.request import APPROVED, Deciders, EscalationPolicy, Request
from squid_mesh.inspection.explain import code
from squid_mesh.inspection.explain.explanation import Reason
from squid_mesh.inspection.explain.facts.facts import Facts, StepFact, Vote
from squid_mesh.inspection.explain.reasons.finding import Finding, finding, iso, unless_dead
from squid_mesh.inspection.explain.text.people import told_way, whom
from squid_mesh.inspection.explain.text.times import told_at, told_span
from squid_mesh.inspection.explain.votes import Tally, tally
from squid_mesh.lifecycle import EventType


def approval(facts: Facts, step: StepFact, asked: Request) -> Finding:
    """An approval that is held."""
    votes = facts.votes.get(step.id, ())
    count = tally(asked, votes, facts.starter)
    began = since(facts, step, EventType.APPROVAL_REQUESTED)
    told = _("Waiting for %(whom)s to decide on %(step)s since %(at)s") % {
        "whom": whom(asked, facts.names),
        "step": step.name,
        "at": told_at(began, facts.now),
    }
    parts = [f"{told}{quoted(asked.prompt)}", *_progress(asked, votes, count), *_then(facts, step, asked)]
    summary = "; ".join(parts) + "."
    details = _details(asked, votes, count) | {
        "since": iso(began),
        "due_at": iso(step.due_at),
        "clusters": facts.alive,
    }
    if step.due_at is not None:
        summary = unless_dead(facts, summary)
    return finding(step, Reason.PAUSED_FOR_APPROVAL, summary, **details)


def _progress(asked: Request, votes: tuple[Vote, ...], count: Tally) -> Iterator[str]:
    if votes:
        said = ", ".join(f"{vote.by.text}: {vote.exit}" for vote in votes)
        yield _("%(n)d more must approve (%(said)s)") % {"n": count.missing.get(APPROVED, 0), "said": said}
    elif asked.quorum > 1:
        yield _("%(n)d people must approve") % {"n": asked.quorum}
    if asked.form is not None and not code.installed(asked.form):
        yield _("its form %(path)s isn't installed here, so nobody can approve") % {"path": asked.form}
    if count.stuck:
        yield _("none of those who may is left to decide it, so skip the step or cancel the run")
    elif asked.not_by_starter and not votes:
        yield _("not whoever started the run")


def _then(facts: Facts, step: StepFact, asked: Request) -> Iterator[str]:
    if step.due_at is None:
        return
    then = _after(asked)
    at = told_at(step.due_at, facts.now)
    if facts.due(step.due_at):
        yield _("the deadline passed at %(at)s, and as soon as a worker looks %(then)s") % {
            "at": at,
            "then": then,
        }
    else:
        yield _("the deadline is at %(at)s (in %(span)s), then %(then)s") % {
            "at": at,
            "span": told_span(step.due_at - facts.now),
            "then": then,
        }


def _after(asked: Request) -> str:
    match asked.on_timeout:
        case EscalationPolicy() as policy:
            return _("%(whom)s may decide too") % {"whom": told_way(_wider(policy), Action.DECIDE, {})}
        case exit:
            return _("it takes %(exit)s") % {"exit": exit}


def _wider(policy: EscalationPolicy) -> Deciders:
    return Deciders(permission=policy.permission, groups=policy.groups)


def _details(asked: Request, votes: tuple[Vote, ...], count: Tally) -> dict[str, Any]:
    wider = asked.on_timeout if isinstance(asked.on_timeout, EscalationPolicy) else None
    return {
        "prompt": asked.prompt,
        "who": ways(asked),
        "not_by_starter": asked.not_by_starter,
        "exits": list(asked.exits),
        "form": asked.form,
        "form_installed": asked.form is None or code.installed(asked.form),
        "quorum": asked.quorum,
        "rejections": asked.rejections,
        "votes": [{"by": vote.by.text, "exit": vote.exit, "at": iso(vote.at)} for vote in votes],
        "missing": count.missing,
        "unreachable": list(count.unreachable),
        "nobody_can_decide": count.stuck,
        "deadline": iso(asked.deadline),
        "on_timeout": "escalate" if wider else asked.on_timeout,
        "escalates_to": _way(_wider(wider)) if wider else None,
        "escalated": asked.escalated,
    }


def ways(asked: Request) -> list[dict[str, Any]]:
    """The ways to be somebody who may answer, JSON-ready; an empty one needs the action's own permission."""
    return [_way(who) for who in asked.deciders]


def _way(who: Deciders) -> dict[str, Any]:
    return {key: value for key, value in who.model_dump(mode="json").items() if value not in ("", [], None)}


def since(facts: Facts, step: StepFact, kind: EventType) -> datetime | None:
    """When the step asked; where that is too long ago to be among the events, when it last looked."""
    for event in facts.events:
        if (event.type, event.step, event.data.get("visit")) == (kind, step.name, step.visit):
            return event.created_at
    return step.started_at


def quoted(prompt: str) -> str:
    """The prompt after a colon, if there is one."""
    return f": “{prompt}”" if prompt else ""
