"""What an action will do, in plain words, before somebody does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.console.labels.names import exit_word
from squid_mesh.definitions.blueprint import COMPLETE, ERROR, FAIL, OK, Blueprint
from squid_mesh.definitions.request import REJECTED, Request, outcome_of
from squid_mesh.graph.rewind import find_downstream
from squid_mesh.lifecycle import FINISHED_RUN, StepStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An exit that can be chosen: what it is called, how it looks, and where the run goes then."""

    exit: str
    label: str
    kind: str
    leads_to: str


def effects(offer: api.NextAction, run: api.RunSnapshot, blueprint: Blueprint) -> Iterator[str]:
    """Sentences, the most important first."""
    match offer.action:
        case Action.CANCEL:
            yield from _cancel(run)
        case Action.REPLAY:
            yield _("A new run of %(workflow)s starts from the beginning, linked to this one.") % {
                "workflow": run.workflow
            }
            yield _("It executes the workflow as the code has it now. This run stays as it is.")
        case Action.COMMENT:
            yield _("The comment stands in the run’s history. Nothing else changes.")
        case Action.DECIDE:
            yield from _decide(run.step(offer.step))
        case _:
            yield from _on_step(offer, run, blueprint)
            if run.status in FINISHED_RUN:
                yield _("The run is reopened: it is %(status)s now.") % {"status": run.status.value}


def _cancel(run: api.RunSnapshot) -> Iterator[str]:
    executing = [step.name for step in run.steps if step.current and step.status is StepStatus.RUNNING]
    if executing:
        told = _("No step starts any more. What is executing finishes first: %(steps)s.")
        yield told % {"steps": ", ".join(executing)}
    else:
        yield _("The run ends at once: nothing is executing.")
    yield _("What has been done stays done. A cancelled run can’t be reopened, only replayed.")


def _decide(step: api.StepSnapshot) -> Iterator[str]:
    request = Request.model_validate(step.request)
    if request.quorum > 1:
        yield ngettext("%(n)d person has to approve.", "%(n)d people have to approve.", request.quorum) % {
            "n": request.quorum
        }
    if request.rejections > 1:
        yield ngettext("%(n)d person has to reject.", "%(n)d people have to reject.", request.rejections) % {
            "n": request.rejections
        }
    for word in step.decisions:
        said = {"who": word.actor, "exit": exit_word(word.exit)}
        yield _("%(who)s has said: %(exit)s.") % said
    yield _("Your decision is recorded under your name and can’t be taken back.")


def _on_step(offer: api.NextAction, run: api.RunSnapshot, blueprint: Blueprint) -> Iterator[str]:
    said = {"step": offer.step, "then": _then(blueprint, offer.step, OK)}
    if offer.action is Action.UNBLOCK:
        yield _("The pause %(step)s ends. Then: %(then)s.") % said
    elif offer.action is Action.RETRY:
        yield _("%(step)s runs again now, in the same visit and with the same idempotency key.") % said
        if run.step(offer.step).status is StepStatus.UNKNOWN:
            yield _("By this you say that it did not happen.")
    elif offer.action is Action.SKIP:
        yield _("%(step)s isn’t run and has no output. Then: %(then)s.") % said
    elif offer.action is Action.RESOLVE:
        yield _("%(step)s isn’t run. What you say here counts as what it came to.") % said
    elif offer.action is Action.REWIND:
        again = ", ".join(find_downstream(blueprint, offer.step))
        yield _("These steps are taken back and run again as the way leads there: %(steps)s.") % {
            "steps": again
        }
        yield _("Each gets a new visit, and with it a new idempotency key; the old visits stay as history.")


def ways(offer: api.NextAction, blueprint: Blueprint) -> tuple[Way, ...]:
    """The exits of an approval, or the outcomes of a step that is resolved."""
    decide = offer.action is Action.DECIDE
    return tuple(
        Way(
            exit=exit,
            label=exit_word(exit) if decide else _outcome_word(exit),
            kind="danger" if exit in (REJECTED, ERROR) else "first" if n == 0 else "quiet",
            leads_to=_then(blueprint, offer.step, outcome_of(exit) if decide else exit),
        )
        for n, exit in enumerate(offer.exits)
    )


def _outcome_word(outcome: str) -> str:
    if outcome == OK:
        return _("It did happen")
    if outcome == ERROR:
        return _("It failed for good")
    return _("It ended as “%(outcome)s”") % {"outcome": outcome}


def _then(blueprint: Blueprint, step: str, outcome: str) -> str:
    """Where the run goes when the step ends so."""
    edges = [edge for edge in blueprint.outgoing[step] if edge.outcome == outcome]
    if not edges:
        return _("the run fails") if outcome == ERROR else _("this way ends")
    return _join(_target(edge.target, back=edge.rewind) for edge in edges)


def _target(name: str, *, back: bool) -> str:
    if name == COMPLETE:
        return _("this way ends")
    if name == FAIL:
        return _("the run fails")
    return _("back to %(step)s") % {"step": name} if back else name


def _join(parts: Iterable[str]) -> str:
    return ", ".join(parts)
