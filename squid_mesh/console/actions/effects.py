"""What an action will do, in sentences, before the operator confirms it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import api
from squid_mesh.actions import SPECS, Action
from squid_mesh.console.labels.actions import label_exit
from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK, Blueprint
from squid_mesh.definitions.request import REJECTED, outcome_of, read_request
from squid_mesh.graph.rewind import find_downstream
from squid_mesh.lifecycle import FINISHED_RUN, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An exit of an approval, or an outcome of a step, and where the run goes then."""

    exit: str
    label: str
    kind: str
    leads_to: str


def describe_effects(offer: api.NextAction, run: api.RunSnapshot, blueprint: Blueprint) -> Iterator[str]:
    """Yield sentences, the most important first: those that depend on the run, then those of the spec."""
    spec = SPECS[offer.action]
    if offer.action is Action.CANCEL:
        yield _describe_cancel(run)
    elif offer.action is Action.DECIDE:
        yield from _describe_votes(run.step(offer.step))
    values = {"workflow": run.workflow, "step": offer.step}
    if offer.step:
        values["next"] = _describe_next(blueprint, offer.step, OK)
        values["again"] = ", ".join(find_downstream(blueprint, offer.step))
    for sentence in spec.effects:
        yield str(sentence) % values
    if not offer.step:
        return
    if spec.effect_if_unknown and run.step(offer.step).status is StepStatus.UNKNOWN:
        yield str(spec.effect_if_unknown)
    if run.status in FINISHED_RUN:
        yield _("This reopens the %(status)s run.") % {"status": run.status.value}


def _describe_cancel(run: api.RunSnapshot) -> str:
    running = [step.name for step in run.steps if step.current and step.status is StepStatus.RUNNING]
    if not running:
        return _("The run ends at once: no step is running.")
    return _("No further steps start. Running steps finish first: %(steps)s.") % {"steps": ", ".join(running)}


def _describe_votes(step: api.StepSnapshot) -> Iterator[str]:
    request = read_request(step.request)
    if request is None:
        return
    if request.quorum > 1:
        yield ngettext("%(n)d person must approve.", "%(n)d people must approve.", request.quorum) % {
            "n": request.quorum
        }
    if request.rejections > 1:
        yield ngettext("%(n)d person must reject.", "%(n)d people must reject.", request.rejections) % {
            "n": request.rejections
        }
    for vote in step.decisions:
        yield _("Vote of %(person)s: %(exit)s.") % {"person": vote.actor, "exit": label_exit(vote.exit)}


def list_ways(offer: api.NextAction, blueprint: Blueprint) -> tuple[Way, ...]:
    """Return the exits of an approval, or the outcomes of a step whose result is entered."""
    decide = offer.action is Action.DECIDE
    return tuple(
        Way(
            exit=exit,
            label=label_exit(exit) if decide else _outcome_label(exit),
            kind="danger" if exit in (REJECTED, ERROR) else "first" if n == 0 else "quiet",
            leads_to=_describe_next(blueprint, offer.step, outcome_of(exit) if decide else exit),
        )
        for n, exit in enumerate(offer.exits)
    )


def _outcome_label(outcome: str) -> str:
    if outcome == OK:
        return _("It succeeded")
    if outcome == ERROR:
        return _("It failed permanently")
    return _("It ended with outcome “%(outcome)s”") % {"outcome": outcome}


def _describe_next(blueprint: Blueprint, step: str, outcome: str) -> str:
    """Return where the run goes if the step ends with that outcome."""
    edges = [edge for edge in blueprint.outgoing[step] if edge.outcome == outcome]
    if not edges:
        return _("the run fails") if outcome == ERROR else _("this branch ends")
    return ", ".join(_describe_target(edge.target, rewinds=edge.rewind) for edge in edges)


def _describe_target(name: str, *, rewinds: bool) -> str:
    if name == COMPLETE:
        return _("this branch ends")
    if name == FAIL:
        return _("the run fails")
    return _("rewind to %(step)s") % {"step": name} if rewinds else name
