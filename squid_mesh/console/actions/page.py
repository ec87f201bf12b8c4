"""The page of one action on one run: what it will do, its form, and why it was not performed."""

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
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import api, authority, conf
from squid_mesh.actions import SPECS, Action, ActionSpec, Emphasis, Field, Target
from squid_mesh.console.actions.buttons import run_url
from squid_mesh.console.actions.effects import Way, describe_effects, list_ways
from squid_mesh.console.actions.forms import ActionForm, build_form
from squid_mesh.console.actions.rejections import (
    Rejection,
    explain_error,
    explain_illegal_action,
    explain_other_visit,
)
from squid_mesh.console.base.pages import has_permission, load_groups, render_page
from squid_mesh.console.base.submissions import make_submission_key
from squid_mesh.console.forms.schema_form import SchemaForm, add_errors, make_form, read_values
from squid_mesh.console.labels.texts import MAX_JSON
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.request import APPROVED, read_request
from squid_mesh.exceptions import (
    FormError,
    IdempotencyConflict,
    InvalidArgument,
    PayloadError,
    RunNotFound,
    SquidMeshError,
)
from squid_mesh.lifecycle import RunStatus, StepStatus
from squid_mesh.models import Definition

_ANSWERS: Final = "answer"
#: How many earlier visits of each step are read: who was asked in one of them may see the page.
_VISITS: Final = 20


@dataclass(slots=True)
class _Page:
    """What one request works with. ``offer`` is None if the action isn't legal now.

    ``views``: the user may view runs. ``invalid``: the posted form has errors.
    """

    run: api.RunSnapshot
    offer: api.NextAction | None
    blueprint: Blueprint
    action: Action
    step: str
    views: bool
    form: ActionForm | None = None
    answers: SchemaForm | None = None
    ways: Sequence[Way] = ()
    rejection: Rejection | None = None
    invalid: bool = False
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def spec(self) -> ActionSpec:
        return SPECS[self.action]


def show_action(site: AdminSite, request: HttpRequest, run_id: UUID, action: str) -> HttpResponse:
    """Show the page, or perform the action if the request is a POST.

    The page is for users who may view runs, and for users who may perform this action or were asked to: for
    example an approval's deciders, before and after the decision. These see what the step asks and nothing
    else of the run.
    """
    try:
        wanted = Action(action)
    except ValueError:
        raise Http404 from None
    found = _read_page(request, run_id, wanted)
    permitted = found.offer is not None and found.offer.permitted
    if not (found.views or permitted or _was_asked(found, request)):
        raise PermissionDenied
    if request.method == "POST":
        done = _perform(request, found)
        if done is not None:
            return _redirect(site, request, found, done)
    elif found.offer is None:
        found.rejection = explain_illegal_action(found.run, found.step)
    return _render(site, request, found)


def _was_asked(found: _Page, request: HttpRequest) -> bool:
    """Return whether the step asked this user in any visit, whether or not it still does."""
    requests = [read_request(step.request) for step in found.run.steps if step.name == found.step]
    return found.spec.target is Target.HELD_STEP and any(
        one is not None and authority.find_denial(found.action, request.user, request=one) is None
        for one in requests
    )


def _read_page(request: HttpRequest, run_id: UUID, action: Action) -> _Page:
    step = request.GET.get("step", "")
    if not step and SPECS[action].needs_step:
        raise Http404
    load_groups(request)
    try:
        preview = None if Field.PAYLOAD in SPECS[action].fields else MAX_JSON  # the form needs all of it
        run = api.inspect_run(run_id, recent=_VISITS, preview=preview)
        run = api.add_history(run, [step] if step else [], recent=1)
        explanation = api.explain_run(run_id, user=request.user)
    except RunNotFound as error:
        raise Http404(error.message) from None
    if run.definition_problem:
        raise Http404(run.definition_problem)
    if step and all(known.name != step for known in run.steps):
        raise Http404
    stored = Definition.objects.using(conf.database()).get(pk=run.fingerprint)
    target = step if SPECS[action].needs_step else ""
    offered = [one for one in explanation.next_actions if (one.action, one.step) == (action, target)]
    found = _Page(
        run=run,
        offer=offered[0] if offered else None,
        blueprint=Blueprint.model_validate(stored.blueprint, extra="ignore"),
        action=action,
        step=step,
        views=has_permission(request, "view_run"),
    )
    data = request.POST if request.method == "POST" else None
    if found.offer is not None:
        found.ways = list_ways(found.offer, found.blueprint)
        override = has_permission(request, authority.OVERRIDE)
        shown = run if found.views else None
        found.form = build_form(found.offer, shown, found.ways, data=data, may_override=override)
        found.answers = _answers_form(found, data)
    return found


def _answers_form(found: _Page, data: Any) -> SchemaForm | None:
    if Field.DATA not in found.spec.fields:
        return None
    schema = found.run.step(found.step).form_schema
    return make_form(schema, data=data, prefix=_ANSWERS) if schema else None


def _perform(request: HttpRequest, found: _Page) -> api.RunSummary | None:
    """Perform the action; None if the form has errors or the api rejected it."""
    values = _read_values(request, found)
    if values is None:
        found.invalid = True
        return None
    visit = values.pop("visit")
    offer = found.offer
    if offer is not None and offer.permitted and found.spec.target is Target.HELD_STEP and visit is None:
        found.rejection = explain_other_visit(offer.step, offer.visit)
        return None
    try:
        return api.perform_action(
            found.action,
            found.run.id,
            step=found.step,
            visit=visit,
            actor=request.user,
            **values,
        )
    except SquidMeshError as error:
        _show_error(found, error, request)
        return None


def _read_values(request: HttpRequest, found: _Page) -> dict[str, Any] | None:
    """Return the visit and the values of the spec's fields; None if the form has errors.

    An action that isn't legal any more is sent to the api too, which says why.
    """
    posted = request.POST
    values: dict[str, Any] = {}
    if found.form is None:
        visit = posted.get("visit", "")
        short_number = visit.isascii() and visit.isdigit() and len(visit) < 10
        values["visit"] = int(visit) if short_number else None
        values[found.spec.note.value] = posted.get(found.spec.note.value, "")
    else:
        valid = found.form.is_valid()
        if found.answers is not None:
            valid = found.answers.is_valid() and valid
        if not valid:
            return None
        values = {"visit": found.form.cleaned_data["visit"], **found.form.values()}
    if Field.EXIT in found.spec.fields:
        exit = values[Field.EXIT.value] = posted.get(Field.EXIT.value, "")
        values[Field.DATA.value] = _read_answers(found.answers, exit)
    return values


def _read_answers(form: SchemaForm | None, exit: str) -> Any:
    """Return the answers; None if the exit doesn't need them and the form was left unchanged."""
    if form is None or (exit != APPROVED and not form.has_changed()):
        return None
    return read_values(form)


def _show_error(found: _Page, error: SquidMeshError, request: HttpRequest) -> None:
    """Show the error at the field that it is about, or above the form."""
    argument = str(error.details.get("argument"))
    match error:
        case IdempotencyConflict() if found.form is not None:
            text = _(
                "This form has started run %(run)s with other values. To start another run, submit it again."
            )
            found.form.add_error(None, text % {"run": error.details["run_id"]})
            renewed = {Field.IDEMPOTENCY_KEY.value: make_submission_key()}
            found.form.data = {**{name: request.POST[name] for name in request.POST}, **renewed}
        case FormError() if found.answers is not None:
            add_errors(found.answers, error.details["errors"])
        case PayloadError() if found.form is not None and Field.PAYLOAD.value in found.form.fields:
            for path, problems in error.details["errors"].items():
                found.form.add_error(Field.PAYLOAD.value, [f"{path}: {problem}" for problem in problems])
        case InvalidArgument() if found.form is not None and argument in found.form.fields:
            found.form.add_error(argument, error.message)
        case _:
            found.rejection = explain_error(error)
            kept = [one.value for one in found.spec.fields if one is not Field.EXIT]
            found.typed = {name: value for name in kept if (value := request.POST.get(name, ""))}
            return
    found.invalid = True


def _redirect(site: AdminSite, request: HttpRequest, found: _Page, done: api.RunSummary) -> HttpResponse:
    """Go to the run's page, or to the new run's, with a message about what was done."""
    exit = request.POST.get(Field.EXIT.value, "") if Field.EXIT in found.spec.fields else ""
    message = found.spec.done_message(step=found.step, exit=exit, ending=done.status is RunStatus.CANCELLING)
    missing = _count_missing_votes(found, exit) if exit else 0
    if missing:
        text = ngettext(
            "Vote recorded; %(n)d more is needed.", "Vote recorded; %(n)d more are needed.", missing
        )
        message = text % {"n": missing}
    messages.success(request, message)
    return HttpResponseRedirect(run_url(done.id, site) if found.views else _inbox_url(site))


def _count_missing_votes(found: _Page, exit: str) -> int:
    """Return how many more votes for the exit the step needs; 0 if it was decided."""
    step = api.inspect_run(found.run.id, preview=1).step(found.step)
    asked = read_request(step.request)
    if step.status is not StepStatus.PAUSED or asked is None:
        return 0
    votes = sum(vote.exit == exit for vote in step.decisions)
    return max(0, asked.votes_needed(exit) - votes)


def _inbox_url(site: AdminSite) -> str:
    return reverse("admin:squid_mesh_inbox", current_app=site.name)


def _crumbs(site: AdminSite, found: _Page) -> list[tuple[str, str]]:
    if not found.views:
        return [(_inbox_url(site), _("Waiting for me"))]
    runs = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    return [(runs, _("Runs")), (run_url(found.run.id, site), str(found.run.id))]


def _render(site: AdminSite, request: HttpRequest, found: _Page) -> HttpResponse:
    offer, spec = found.offer, found.spec
    title = str(spec.title or spec.label)
    shown = render_page(
        request,
        site,
        "act.html",
        title=_("%(action)s: %(step)s") % {"action": title, "step": found.step} if found.step else title,
        crumbs=_crumbs(site, found),
        run=found.run,
        views=found.views,
        step=found.run.step(found.step) if found.step else None,
        offer=offer,
        shows_data=Field.EXIT in spec.fields or spec.asks or Field.OUTPUT in spec.fields,
        effects=list(describe_effects(offer, found.run, found.blueprint)) if offer is not None else [],
        form=found.form,
        answers=found.answers,
        ways=found.ways if Field.EXIT in spec.fields else (),
        submit=spec.submit or spec.label,
        dangerous=spec.emphasis is Emphasis.DANGER,
        rejection=found.rejection.message if found.rejection else "",
        denied=offer.why_not if offer is not None and offer.permitted is False else "",
        typed=found.typed,
        back=run_url(found.run.id, site) if found.views else _inbox_url(site),
    )
    if found.rejection:
        shown.status_code = found.rejection.status
    elif found.invalid:
        shown.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return shown
