"""Firing cron triggers from the admin: the page that asks for confirmation, and the runs that it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from squid_mesh import api
from squid_mesh.console.base.pages import render_page, require_permission
from squid_mesh.console.base.submissions import SUBMISSION, make_submission_key, read_submission_key
from squid_mesh.exceptions import NotPermitted, SquidMeshError
from squid_mesh.models import Trigger

#: The form's field that confirms.
CONFIRMED: Final = "fire"


def confirm_and_fire(
    site: AdminSite, request: HttpRequest, triggers: Sequence[Trigger], back: str
) -> HttpResponse:
    """Ask for confirmation; once confirmed, fire the triggers, each on its own, and go to ``back``."""
    require_permission(request, "start_run")
    if request.method != "POST" or CONFIRMED not in request.POST:
        return render_page(
            request,
            site,
            "trigger/fire.html",
            title=ngettext("Fire this trigger now?", "Fire these triggers now?", len(triggers)),
            triggers=triggers,
            back=back,
            confirmed=CONFIRMED,
            submission=make_submission_key(),
            crumbs=[(reverse("admin:squid_mesh_trigger_changelist", current_app=site.name), _("Triggers"))],
        )
    for trigger in triggers:
        _fire(request, trigger)
    return HttpResponseRedirect(back)


def _fire(request: HttpRequest, trigger: Trigger) -> None:
    reason = request.POST.get("reason", "").strip()
    submission = read_submission_key(request.POST.get(SUBMISSION))
    try:
        run = api.fire_trigger(
            trigger.workflow,
            trigger.name,
            idempotency_key=submission and f"{submission}:{trigger.pk}",
            actor=request.user,
            reason=reason,
        )
    except NotPermitted:
        raise PermissionDenied from None
    except SquidMeshError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request, _("Trigger %(trigger)s started run %(run)s.") % {"trigger": trigger, "run": run.id}
        )
