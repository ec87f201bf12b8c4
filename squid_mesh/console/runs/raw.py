"""A run as JSON with its secrets masked, and the page that reveals them to users with the permission."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.console.actions.buttons import run_url
from squid_mesh.console.base.pages import render_page, require_permission
from squid_mesh.console.labels.texts import MAX_JSON
from squid_mesh.exceptions import InvalidArgument, NotFound, NotPermitted, RunNotFound
from squid_mesh.lifecycle import StepStatus

#: How many of the newest events are read, and of the newest attempts of each visit of a step.
_RECENT: Final = 100
#: How many of the newest attempts are in the JSON, over all steps and visits; each may have a traceback.
_MAX_ATTEMPTS: Final = 200
#: A run whose large values have together more characters than that has only their beginnings in the JSON.
_MAX_SIZE: Final = 8_000_000
#: A large value has more characters than that.
_LARGE: Final = 100_000
_JSON_OPTIONS: Final = {"indent": 2, "ensure_ascii": False}


def show_raw(site: AdminSite, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Answer with the run as JSON: masked, with its explanation and the newest part of a long history."""
    require_permission(request, "view_run")
    try:
        run = _read_run(run_id)
        explanation = api.explain_run(run_id, user=request.user)
    except RunNotFound as error:
        raise Http404(error.message) from None
    return JsonResponse(_dump(run, explanation), json_dumps_params=_JSON_OPTIONS)


def _read_run(run_id: UUID) -> api.RunSnapshot:
    """Return the run with the newest part of its history, and with the beginning of very large values.

    The events are read before the steps.
    """
    events = tuple(reversed(api.list_events(run_id, limit=_RECENT)))
    run = api.inspect_run(run_id, recent=_RECENT, preview=_LARGE)
    sizes = [*run.cut.values(), *(size for step in run.steps for size in step.cut.values())]
    if sizes and sum(sizes) <= _MAX_SIZE:
        run = api.inspect_run(run_id, recent=_RECENT)
    names = {step.name for step in run.steps if step.attempt}
    known = api.add_history(run, names, recent=_RECENT, most=_MAX_ATTEMPTS)
    return known.model_copy(update={"events": events})


def download_value(
    site: AdminSite,
    request: HttpRequest,
    run_id: UUID,
    step: str | None = None,
    visit: int = 1,
    name: str = "payload",
) -> HttpResponse:
    """Answer with the payload, or with the input or output of a step, as a file. Secrets are masked."""
    require_permission(request, "view_run")
    try:
        value = api.read_value(run_id, name, step=step, visit=visit)
    except (NotFound, InvalidArgument) as error:
        raise Http404(error.message) from None
    response = JsonResponse(value, safe=False, json_dumps_params=_JSON_OPTIONS)
    of = f"-{step}-{visit}" if step else ""
    response["Content-Disposition"] = content_disposition_header(True, f"{run_id}{of}-{name}.json") or ""
    return response


def reveal_secrets(site: AdminSite, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show the run without masks, by a POST that gives a reason. Browsers and proxies don't keep the page."""
    require_permission(request, "view_run")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        reason = request.POST.get("reason", "")
        run = api.reveal_run(run_id, actor=request.user, reason=reason, preview=MAX_JSON)
    except RunNotFound as error:
        raise Http404(error.message) from None
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except InvalidArgument as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(run_url(run_id, site))
    response = render_page(
        request,
        site,
        "revealed.html",
        title=_("Run %(run)s with its secrets") % {"run": run.id},
        crumbs=[
            (reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs")),
            (run_url(run.id, site), str(run.id)),
        ],
        run=run,
        steps=[step for step in run.steps if step.input or step.output],
    )
    add_never_cache_headers(response)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _dump(run: api.RunSnapshot, explanation: api.Explanation) -> dict[str, Any]:
    """Return the run and its explanation as JSON values; ``left_out`` says if something is missing."""
    dumped = {"run": run.model_dump(mode="json"), "explanation": explanation.model_dump(mode="json")}
    attempts = sum(_count_attempts(step) - len(step.attempts) for step in run.steps)
    events = run.events[0].sequence - 1 if run.events else 0
    if attempts or events or run.is_cut:
        dumped = {"left_out": _describe_left_out(run, attempts, events), **dumped}
    return dumped


def _count_attempts(step: api.StepSnapshot) -> int:
    """Return how many attempts of the visit are finished, by its attempt number."""
    return max(step.attempt - (step.status is StepStatus.RUNNING), len(step.attempts))


def _describe_left_out(run: api.RunSnapshot, attempts: int, events: int) -> dict[str, Any]:
    if run.is_cut:
        note = _(
            "The run is large: payload, inputs and outputs that “cut” names have only their beginning. "
            "The run’s page has links to download each. %(attempts)d older attempts and %(events)d older "
            "events are left out, too."
        )
        counts = {"attempts": attempts, "events": events}
        return {**counts, "note": note % counts}
    note = _(
        "The history is long: %(attempts)d older attempts and %(events)d older events are left out. "
        "For all of it, run manage.py squid_mesh inspect %(run)s --history --json, or call "
        "api.inspect_run(…, history=True)."
    )
    counts = {"attempts": attempts, "events": events}
    return {**counts, "note": note % {**counts, "run": run.id}}
