"""Links to the pages of actions: what the asking user may do, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh import api
from squid_mesh.actions import Action
from squid_mesh.console.labels.actions import label_action

_FIRST: Final = (Action.DECIDE, Action.UNBLOCK, Action.RETRY)
_UNKNOWN: Final = {
    Action.RETRY: gettext_lazy("It didn’t happen: run it"),
    Action.RESOLVE: gettext_lazy("It happened: say what it gave"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One action. ``kind``: ``first``, ``danger`` or ``quiet``. ``why_not``: empty where it may be done."""

    label: str
    url: str
    kind: str
    why_not: str


def buttons(
    explanation: api.Explanation, offered: Iterable[api.NextAction], site: AdminSite, *, named: bool
) -> Iterator[Button]:
    """A button for each action; with ``named`` the words name the step.

    Where nobody knows whether a step happened, the words say what each answer means, and none comes first.
    """
    unknown = {one.step for one in explanation.open if one.reason is api.Reason.OUTCOME_UNKNOWN}
    for one in offered:
        asked = one.step in unknown
        label = str(_UNKNOWN.get(one.action, "")) if asked else ""
        label = label or label_action(one.action)
        if named and one.step:
            label = _("%(action)s (%(step)s)") % {"action": label, "step": one.step}
        yield Button(
            label=label,
            url=act_url(explanation.run_id, one.action, one.step, site),
            kind="quiet" if asked and one.action is Action.RETRY else _kind(one.action),
            why_not="" if one.permitted else one.why_not,
        )


def _kind(action: Action) -> str:
    if action in _FIRST:
        return "first"
    return "danger" if action is Action.CANCEL else "quiet"


def act_url(run_id: UUID, action: Action, step: str, site: AdminSite) -> str:
    """The address of an action's page."""
    address = reverse("admin:squid_mesh_run_act", args=[run_id, action.value], current_app=site.name)
    return f"{address}?{urlencode({'step': step})}" if step else address


def run_url(run_id: UUID, site: AdminSite, name: str = "change") -> str:
    """The address of a run's page, or of another one about it: ``raw``, ``reveal``."""
    return reverse(f"admin:squid_mesh_run_{name}", args=[run_id], current_app=site.name)
