"""Links to the pages of actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.admin import AdminSite
from django.urls import reverse
from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.actions import SPECS, Action, Emphasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A link to an action's page. ``why_not`` says why the user may not act; empty if they may."""

    label: str
    url: str
    kind: Emphasis
    why_not: str


def buttons(
    explanation: api.Explanation, offered: Iterable[api.NextAction], site: AdminSite, *, named: bool
) -> Iterator[Button]:
    """Yield a button for each action; with ``named``, its label names the step.

    If the outcome of a step is unknown, the labels say what each answer means, and a retry isn't emphasized.
    """
    unknown = {one.step for one in explanation.open if one.reason is api.Reason.OUTCOME_UNKNOWN}
    for one in offered:
        spec = SPECS[one.action]
        answers = one.step in unknown and bool(spec.label_if_unknown)
        label = str(spec.label_if_unknown if answers else spec.label)
        if named and one.step:
            label = _("%(action)s (%(step)s)") % {"action": label, "step": one.step}
        yield Button(
            label=label,
            url=act_url(explanation.run_id, one.action, one.step, site),
            kind=Emphasis.QUIET if answers else spec.emphasis,
            why_not="" if one.permitted else one.why_not,
        )


def act_url(run_id: UUID, action: Action, step: str, site: AdminSite) -> str:
    """Return the address of an action's page."""
    address = reverse("admin:squid_mesh_run_act", args=[run_id, action.value], current_app=site.name)
    return f"{address}?{urlencode({'step': step})}" if step else address


def run_url(run_id: UUID, site: AdminSite, name: str = "change") -> str:
    """Return the address of a run's page, or of its ``raw`` or ``reveal`` page."""
    return reverse(f"admin:squid_mesh_run_{name}", args=[run_id], current_app=site.name)
