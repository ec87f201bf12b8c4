"""The page of one action on one run: what it will do, what it asks, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from squid_mesh import api, authority, conf
from squid_mesh.actions import Action
from squid_mesh.console.actions.buttons import run_url
from squid_mesh.console.actions.calls import Wish, carry_out
from squid_mesh.console.actions.effects import Way, effects, ways
from squid_mesh.console.actions.forms import FIELDS, ActForm, act_form
from squid_mesh.console.base.pages import has_permission, load_groups, render_page
from squid_mesh.console.forms.schema_form import SchemaForm, add_errors, make_form, read_values
from squid_mesh.console.labels.actions import label_action, label_exit
from squid_mesh.console.labels.times import format_time
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.request import APPROVED, Request
from squid_mesh.exceptions import (
    AlreadyDecided,
    FormError,
    IllegalAction,
    InvalidArgument,
    IrreversibleSteps,
    NotPermitted,
    PayloadError,
    RunNotFound,
    SquidMeshError,
)
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Definition

_ANSWERS: Final = "answer"
#: What is done to a run; all else is done to one of its steps, which the address names.
_OF_THE_RUN: Final = (Action.CANCEL, Action.COMMENT, Action.REPLAY)


@dataclass(slots=True)
class _Page:
    """The action as it stands when the page is asked for. ``refusal`` is why it wasn't done.

    ``views``: the user may view runs.
    """

    run: api.RunSnapshot
    offer: api.NextAction | None
    blueprint: Blueprint
    action: Action
    step: str
    views: bool
    form: ActForm | None = None
    answers: SchemaForm | None = None
    ways: Sequence[Way] = ()
    refusal: str = ""
    status: HTTPStatus = HTTPStatus.OK
    typed: dict[str, str] = field(default_factory=dict)


def show_action(site: AdminSite, request: HttpRequest, run_id: UUID, action: str) -> HttpResponse:
    """The page, and by POST the deed.

    It is for whoever may view runs, and for whoever may do this very thing or was asked to: an approval's
    decider, say, before and after the decision. Of the run these see what it asks, and no more.
    """
    try:
        wanted = Action(action)
    except ValueError:
        raise Http404 from None
    found = _found(request, run_id, wanted)
    permitted = found.offer is not None and found.offer.permitted
    if not (found.views or permitted or _was_asked(found, wanted, request)):
        raise PermissionDenied
    if request.method == "POST":
        done = _do(request, found)
        if done is not None:
            return _done(site, request, found, done)
    elif found.offer is None:
        found.refusal, found.status = _gone(found), HTTPStatus.CONFLICT
    return _shown(site, request, found)


def _was_asked(found: _Page, action: Action, request: HttpRequest) -> bool:
    """Whether the step asked this user once, whatever has become of the question."""
    asked = [step.request for step in found.run.steps if step.name == found.step and step.request]
    return action in (Action.DECIDE, Action.UNBLOCK) and any(
        authority.denied(action, request.user, request=Request.model_validate(one)) is None for one in asked
    )


def _found(request: HttpRequest, run_id: UUID, action: Action) -> _Page:
    step = request.GET.get("step", "")
    if not step and action not in _OF_THE_RUN:
        raise Http404
    load_groups(request)
    try:
        run = api.inspect_run(run_id, history=True, recent=1)
        explanation = api.explain_run(run_id, user=request.user)
    except RunNotFound as error:
        raise Http404(error.message) from None
    if step and all(known.name != step for known in run.steps):
        raise Http404
    stored = Definition.objects.using(conf.database()).get(pk=run.fingerprint)
    about = "" if action is Action.COMMENT else step
    offered = [one for one in explanation.next_actions if (one.action, one.step) == (action, about)]
    found = _Page(
        run=run,
        offer=offered[0] if offered else None,
        blueprint=Blueprint.model_validate(stored.blueprint),
        action=action,
        step=step,
        views=has_permission(request, "view_run"),
    )
    data = request.POST if request.method == "POST" else None
    if found.offer is not None:
        found.ways = ways(found.offer, found.blueprint)
        override = has_permission(request, "override_irreversible")
        shown = run if found.views else None
        found.form = act_form(found.offer, shown, found.ways, data=data, may_override=override)
        found.answers = _answers_form(found, data)
    return found


def _answers_form(found: _Page, data: Any) -> SchemaForm | None:
    if found.action is not Action.DECIDE:
        return None
    schema = (found.run.step(found.step).request or {}).get("form_schema")
    return make_form(schema, data=data, prefix=_ANSWERS) if schema else None


def _do(request: HttpRequest, found: _Page) -> api.RunSummary | None:
    """What the api made of it; None where it refused, or the form isn't well written."""
    wish = _wish(request, found)
    if wish is None:
        found.status = HTTPStatus.UNPROCESSABLE_ENTITY
        return None
    offer = found.offer
    if offer is not None and _unseen(offer, wish.visit):
        found.refusal, found.status = _other_visit(offer.step, offer.visit), HTTPStatus.CONFLICT
        return None
    try:
        return carry_out(wish, request.user)
    except SquidMeshError as error:
        _refuse(found, error, request)
        return None


def _wish(request: HttpRequest, found: _Page) -> Wish | None:
    """What is wished for; None where the form says what is wrong with it.

    What isn't possible any more is wished for all the same, so that the api says why it isn't.
    """
    posted = request.POST
    if found.form is None:
        visit = posted.get("visit", "")
        return Wish(
            run_id=found.run.id,
            action=found.action,
            step=found.step,
            visit=int(visit) if visit.isascii() and visit.isdigit() and len(visit) < 10 else None,
            exit=posted.get("exit", ""),
            reason=posted.get("reason", ""),
        )
    sound = found.form.is_valid()
    if found.answers is not None:
        sound = found.answers.is_valid() and sound
    if not sound:
        return None
    wish = found.form.wish(found.run.id, found.action, found.step)
    if found.action is not Action.DECIDE:
        return wish
    exit = posted.get("exit", "")
    return Wish(
        run_id=wish.run_id,
        action=wish.action,
        step=wish.step,
        visit=wish.visit,
        exit=exit,
        reason=wish.reason,
        data=_given(found.answers, exit),
    )


def _given(form: SchemaForm | None, exit: str) -> Any:
    """The answers. Where they aren't needed, a form that nobody has touched is none."""
    if form is None or (exit != APPROVED and not form.has_changed()):
        return None
    return read_values(form)


def _refuse(found: _Page, error: SquidMeshError, request: HttpRequest) -> None:
    """Say on the page what the api said."""
    found.status = HTTPStatus.UNPROCESSABLE_ENTITY
    match error:
        case FormError() if found.answers is not None:
            add_errors(found.answers, error.details["errors"])
        case PayloadError() if found.form is not None:
            for path, faults in error.details["errors"].items():
                found.form.add_error("data", [f"{path}: {fault}" for fault in faults])
        case InvalidArgument() if found.form is not None and _field(error) in found.form.fields:
            found.form.add_error(_field(error), error.message)
        case IrreversibleSteps():
            found.refusal = _(
                "Nothing was done: it would repeat what can’t be undone: %(steps)s. Tick the box if that is "
                "what you want."
            ) % {"steps": ", ".join(error.details["steps"])}
        case AlreadyDecided():
            found.refusal, found.status = _already(error), HTTPStatus.CONFLICT
        case IllegalAction():
            found.refusal, found.status = _illegal(error), HTTPStatus.CONFLICT
        case NotPermitted():
            found.refusal, found.status = _("Nothing was done. ") + error.message, HTTPStatus.FORBIDDEN
        case _:
            found.refusal = _("Nothing was done. ") + error.message
    if found.refusal:
        found.typed = {key: value for key in ("reason", "data") if (value := request.POST.get(key, ""))}


def _illegal(error: IllegalAction) -> str:
    if "visit" in error.details:
        return _other_visit(error.details["step"], error.details["visit"])
    return _("Nothing was done. ") + error.message


def _field(error: SquidMeshError) -> str:
    return FIELDS.get(str(error.details.get("argument")), "")


def _already(error: AlreadyDecided) -> str:
    """Who was faster, how, and when."""
    at = parse_datetime(str(error.details.get("at", "")))
    return _("Nothing was done: %(step)s has been decided already: %(exit)s, by %(by)s, %(at)s.") % {
        "step": error.details["step"],
        "exit": label_exit(error.details["exit"]),
        "by": error.details["by"] or _("its deadline"),
        "at": format_time(at) if at else "",
    }


def _unseen(offer: api.NextAction, visit: int | None) -> bool:
    """Whether an answer doesn't say which visit's question was seen. Whether it is this one the api says."""
    return bool(offer.permitted) and offer.action in (Action.DECIDE, Action.UNBLOCK) and visit is None


def _other_visit(step: str, visit: int | None) -> str:
    """Why nothing was done."""
    return _("Nothing was done: step %(step)s is in visit %(visit)s now. Look at it again.") % {
        "step": step,
        "visit": visit,
    }


def _gone(found: _Page) -> str:
    """Why an action that somebody's page still offered isn't possible."""
    if found.step:
        step = found.run.step(found.step)
        said = "; ".join(
            _("%(who)s: %(exit)s, %(at)s")
            % {
                "who": word.actor,
                "exit": label_exit(word.exit),
                "at": format_time(word.created_at),
            }
            for word in step.decisions
        )
        if said:
            return _("It has been decided already. %(said)s.") % {"said": said}
        return _("This isn’t possible now: step %(step)s is %(step_status)s, its run %(status)s.") % {
            "step": step.name,
            "step_status": step.status.value,
            "status": found.run.status.value,
        }
    return _("This isn’t possible now: the run is %(status)s.") % {"status": found.run.status.value}


def _done(site: AdminSite, request: HttpRequest, found: _Page, done: api.RunSummary) -> HttpResponse:
    """To the run's page, or the new run's, with a word about what was done."""
    said = {
        Action.CANCEL: _("The run is cancelled.")
        if done.status is RunStatus.CANCELLED
        else _("The run is being cancelled: the steps that are executing finish first."),
        Action.COMMENT: _("The comment is in the history."),
        Action.REPLAY: _("This is the new run. The old one is as it was."),
        Action.UNBLOCK: _("%(step)s let the run go on."),
        Action.DECIDE: _("%(step)s: your decision is recorded."),
        Action.RETRY: _("%(step)s runs again."),
        Action.SKIP: _("%(step)s is skipped."),
        Action.RESOLVE: _("%(step)s is resolved."),
        Action.REWIND: _("The run has gone back to %(step)s."),
    }
    messages.success(request, said[found.action] % {"step": found.step})
    away = run_url(done.id, site) if found.views else _inbox(site)
    return HttpResponseRedirect(away)


def _inbox(site: AdminSite) -> str:
    return reverse("admin:squid_mesh_inbox", current_app=site.name)


def _crumbs(site: AdminSite, found: _Page) -> list[tuple[str, str]]:
    if not found.views:
        return [(_inbox(site), _("Waiting for me"))]
    runs = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    return [(runs, _("Runs")), (run_url(found.run.id, site), str(found.run.id))]


def _shown(site: AdminSite, request: HttpRequest, found: _Page) -> HttpResponse:
    offer = found.offer
    denied = offer.why_not if offer is not None and offer.permitted is False else ""
    word = label_action(found.action)
    shown = render_page(
        request,
        site,
        "act.html",
        title=_("%(action)s: %(step)s") % {"action": word, "step": found.step} if found.step else word,
        crumbs=_crumbs(site, found),
        run=found.run,
        views=found.views,
        step=found.run.step(found.step) if found.step else None,
        offer=offer,
        effects=list(effects(offer, found.run, found.blueprint)) if offer is not None else [],
        form=found.form,
        answers=found.answers,
        ways=found.ways if found.action is Action.DECIDE else (),
        deed=word,
        dangerous=found.action is Action.CANCEL,
        refusal=found.refusal,
        denied=denied,
        typed=found.typed,
        back=run_url(found.run.id, site) if found.views else _inbox(site),
    )
    invalid = any(form is not None and form.is_bound and form.errors for form in (found.form, found.answers))
    shown.status_code = (
        HTTPStatus.UNPROCESSABLE_ENTITY if invalid and found.status == HTTPStatus.OK else found.status
    )
    return shown
