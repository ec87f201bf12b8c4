"""The page "Waiting for me": the steps that wait for the user's approval, resumption or fix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.actions.buttons import act_url
from squid_mesh.console.base.pages import has_permission, render_page
from squid_mesh.console.labels.actions import label_action
from squid_mesh.console.labels.unknown import label_unknown
from squid_mesh.console.runs.subjects import Key, Subject, find_subjects
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import WaitingFor


@dataclass(frozen=True, slots=True)
class Kind:
    """What a step waits for: a badge, and the question of a step that has no prompt of its own."""

    badge: str | Promise
    prompt: str | Promise


#: What steps wait for from people. Steps that wait for anything else are never in an inbox.
KINDS: Final[Mapping[WaitingFor, Kind]] = {
    WaitingFor.APPROVAL: Kind(_("approval"), _("Approval needed.")),
    WaitingFor.PAUSE: Kind(_("paused"), _("The run is paused. Resume it when it may continue.")),
    WaitingFor.CODE: Kind(
        _("code missing"), _("The step’s code isn’t installed. Deploy it, or skip or resolve the step.")
    ),
    WaitingFor.UNREADABLE_ROW: Kind(
        _("unreadable data"),
        _("A stored value that the step needs can’t be read. Repair it, or skip or resolve the step."),
    ),
    WaitingFor.CRASH_CAP: Kind(
        _("parked"), _("Too many workers died while they ran this step. Retry, skip or resolve it.")
    ),
    WaitingFor.OUTCOME: Kind(
        _("outcome unknown"),
        _(
            "The worker died, and we don’t know whether the step finished. "
            "Check the other system, then choose."
        ),
    ),
}
_KINDS_BY_VALUE: Final = {str(member): kind for member, kind in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Button:
    """A link to the page of an action."""

    label: str | Promise
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """A waiting step as the page shows it. ``run_url`` is empty if the user may not view runs."""

    step: api.WaitingStep
    kind: str | Promise
    prompt: str | Promise
    subject: Subject | None
    run_url: str
    buttons: tuple[Button, ...]


def show_inbox(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show what waits for the user, the oldest first. All staff may open it."""
    try:
        found = api.list_waiting(user=request.user, after=request.GET.get("after"))
    except InvalidArgument as error:
        raise Http404(error.message) from None
    subjects = find_subjects(request, site, (step.subject for step in found.items))
    return render_page(
        request,
        site,
        "inbox.html",
        title=_("Waiting for me"),
        items=[_make_item(step, request, site, subjects) for step in found.items],
        found=found,
        next_url=f"?{urlencode({'after': found.next})}" if found.next else "",
        is_later_page="after" in request.GET,
        unreadable=[
            {
                "url": reverse("admin:squid_mesh_run_change", args=[one.run_id], current_app=site.name),
                "text": f"{one.workflow} · {one.step}",
                "values": one.values,
            }
            for one in found.unreadable
        ],
    )


def _make_item(
    step: api.WaitingStep, request: HttpRequest, site: AdminSite, subjects: Mapping[Key, Subject]
) -> Item:
    unknown = label_unknown(step.waiting_for)
    kind = _KINDS_BY_VALUE.get(step.waiting_for, Kind(unknown, unknown))
    run_url = reverse("admin:squid_mesh_run_change", args=[step.run_id], current_app=site.name)
    return Item(
        step=step,
        kind=kind.badge,
        prompt=step.prompt or kind.prompt,
        subject=subjects[step.subject] if step.subject else None,
        run_url=run_url if has_permission(request, "view_run") else "",
        buttons=tuple(
            Button(label_action(action), act_url(step.run_id, action, step.step, site))
            for action in step.actions
        ),
    )
