"""A run as JSON: masked, for whoever may view it; and all of it, for whoever may see secrets."""

from __future__ import annotations

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
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.console.actions.buttons import run_url
from squid_mesh.console.base.pages import render_page, require_permission
from squid_mesh.console.runs.raw_text import READ, shown
from squid_mesh.exceptions import InvalidArgument, NotPermitted, RunNotFound

_AS_TEXT = {"indent": 2, "ensure_ascii": False}


def show_raw(site: AdminSite, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run with its explanation and the last of its history, secrets masked; it says what is left out."""
    require_permission(request, "view_run")
    try:
        run = api.inspect_run(run_id, history=True, recent=READ)
        explanation = api.explain_run(run_id, user=request.user)
    except RunNotFound as error:
        raise Http404(error.message) from None
    return JsonResponse(shown(run, explanation), json_dumps_params=_AS_TEXT)


def reveal(site: AdminSite, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run without masks. Asked for by a POST that says why; nothing keeps the page."""
    require_permission(request, "view_run")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        run = api.reveal_run(run_id, actor=request.user, reason=request.POST.get("reason", ""))
    except RunNotFound as error:
        raise Http404(error.message) from None
    except NotPermitted as error:
        raise PermissionDenied(error.message) from None
    except InvalidArgument as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(run_url(run_id, site))
    revealed = render_page(
        request,
        site,
        "revealed.html",
        title=_("All of run %(run)s") % {"run": run.id},
        crumbs=[
            (reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs")),
            (run_url(run.id, site), str(run.id)),
        ],
        run=run,
        steps=[step for step in run.steps if step.input or step.output],
    )
    add_never_cache_headers(revealed)
    revealed["Referrer-Policy"] = "no-referrer"
    return revealed
