"""The dashboard: counts of runs and steps, clusters, failures, triggers and slow steps."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.base.navigation import find_url
from squid_mesh.console.base.pages import has_permission, render_page, require_permission
from squid_mesh.console.views.inbox_admin import count_waiting_for_user


@dataclass(frozen=True, slots=True)
class RunTile:
    """How many runs have a status; ``recent``: of those started in the last 24 hours. ``url`` lists them."""

    status: str
    number: str
    recent: bool
    url: str


@dataclass(frozen=True, slots=True)
class StepTile:
    """A number of steps. A number other than zero has the colour ``tone``, if any. ``url`` lists the runs."""

    label: str | Promise
    count: api.Count
    tone: str
    url: str = ""

    @property
    def number(self) -> str:
        """The number as text."""
        return format_count(self.count)

    @property
    def highlighted(self) -> bool:
        """Whether the number has its colour."""
        return bool(self.tone and self.count.number)


def show_dashboard(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show the dashboard."""
    require_permission(request, "view_run")
    overview = api.read_overview()
    runs = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    return render_page(
        request,
        site,
        "dashboard.html",
        title=_("Dashboard"),
        overview=overview,
        run_tiles=[
            RunTile(count.status.value, format_count(count), count.recent_only, _list_url(runs, count))
            for count in overview.counts
        ],
        step_tiles=[
            StepTile(_("steps need attention"), overview.held, "person", f"{runs}?attention=yes"),
            StepTile(_("steps due"), overview.due, ""),
            StepTile(_("due for more than 1 minute"), overview.late, "bad"),
            StepTile(_("steps with lost workers"), overview.lost, "bad"),
        ],
        alive=[cluster for cluster in overview.clusters if cluster.alive],
        waiting=count_waiting_for_user(request),
        may_view_triggers=has_permission(request, "view_trigger"),
        triggers=[(one, find_url(site.name, "trigger_change", one.id)) for one in overview.triggers],
    )


def format_count(count: api.Count) -> str:
    """Return the number, with a plus if there are more."""
    return f"{count.number}+" if count.more else str(count.number)


def _list_url(runs: str, count: api.StatusCount) -> str:
    """Return the address of the run list, filtered as the count is."""
    query = {"status": count.status.value, **({"since": "24h"} if count.recent_only else {})}
    return f"{runs}?{urlencode(query)}"
