"""The page "Waiting for me": what the asking user may decide, let go on or mend."""

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
from squid_mesh.actions import Action
from squid_mesh.console.base.pages import has_permission, render_page
from squid_mesh.console.labels.actions import label_action
from squid_mesh.console.runs.subjects import Key, Subject, find_subjects
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.lifecycle import WaitingFor

#: What each kind of waiting is called, and what it says where nobody has written a prompt.
_KINDS: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    WaitingFor.APPROVAL: (_("approval"), _("A decision is needed.")),
    WaitingFor.PAUSE: (_("pause"), _("Somebody has to let the run go on.")),
    WaitingFor.CODE: (_("code missing"), _("The step's code isn't installed.")),
    WaitingFor.CRASH_CAP: (_("parked"), _("The step was parked: it has lost too many workers.")),
    WaitingFor.OUTCOME: (
        _("outcome unknown"),
        _("The step's worker was lost: nobody knows whether it happened."),
    ),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A link to the page of an action."""

    label: str | Promise
    url: str


@dataclass(frozen=True, slots=True)
class Item:
    """A step that waits, as it is shown. ``run_url`` is empty where the user may not view runs."""

    step: api.WaitingStep
    kind: str | Promise
    prompt: str | Promise
    subject: Subject | None
    run_url: str
    buttons: tuple[Button, ...]


def show_inbox(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """What waits for the user, the oldest first. For all staff: who may do nothing sees nothing."""
    try:
        found = api.list_waiting(user=request.user, after=request.GET.get("after"))
    except InvalidArgument as error:
        raise Http404(error.message) from None
    about = find_subjects(request, site, (step.subject for step in found.items))
    return render_page(
        request,
        site,
        "inbox.html",
        title=_("Waiting for me"),
        items=[_item(step, request, site, about) for step in found.items],
        found=found,
        further=f"?{urlencode({'after': found.next})}" if found.next else "",
        later="after" in request.GET,
    )


def _item(step: api.WaitingStep, request: HttpRequest, site: AdminSite, about: Mapping[Key, Subject]) -> Item:
    kind, prompt = _KINDS[step.waiting_for]
    run_url = reverse("admin:squid_mesh_run_change", args=[step.run_id], current_app=site.name)
    return Item(
        step=step,
        kind=kind,
        prompt=step.prompt or prompt,
        subject=about[step.subject] if step.subject else None,
        run_url=run_url if has_permission(request, "view_run") else "",
        buttons=tuple(Button(label_action(action), _act(site, step, action)) for action in step.actions),
    )


def _act(site: AdminSite, step: api.WaitingStep, action: Action) -> str:
    address = reverse("admin:squid_mesh_run_act", args=[step.run_id, action.value], current_app=site.name)
    return f"{address}?{urlencode({'step': step.step})}"
