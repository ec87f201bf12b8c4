"""The dashboard: how everything stands, each figure with the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.base.pages import has_permission, render_page, require_permission
from squid_mesh.console.views.inbox_admin import count_waiting


@dataclass(frozen=True, slots=True)
class Tile:
    """How many runs have a status, and the list of them."""

    status: str
    number: str
    lately: bool
    url: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A count of steps. ``tone`` is its colour where it isn't zero, ``url`` the list of them, if any."""

    words: str | Promise
    count: api.Count
    tone: str
    url: str = ""

    @property
    def number(self) -> str:
        """The count as it is shown."""
        return shown(self.count)

    @property
    def marked(self) -> bool:
        """Whether it stands out."""
        return bool(self.tone and self.count.number)


def show_dashboard(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """How everything stands."""
    require_permission(request, "view_run")
    found = api.read_overview()
    runs = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    return render_page(
        request,
        site,
        "dashboard.html",
        title=_("Dashboard"),
        overview=found,
        tiles=[
            Tile(
                count.status.value,
                shown(count),
                count.lately,
                _list_of(runs, count),
            )
            for count in found.counts
        ],
        figures=[
            Figure(_("steps that need a person"), found.held, "person", f"{runs}?needs=human"),
            Figure(_("steps due"), found.due, ""),
            Figure(_("of them for more than a minute"), found.late, "bad"),
            Figure(_("steps whose worker is silent"), found.lost, "bad"),
        ],
        alive=[cluster for cluster in found.clusters if cluster.alive],
        waiting=count_waiting(request),
        sees_triggers=has_permission(request, "view_trigger"),
    )


def shown(count: api.Count) -> str:
    """The count, with a plus where there are more."""
    return f"{count.number}+" if count.more else str(count.number)


def _list_of(runs: str, count: api.StatusCount) -> str:
    """The address of the list that the count is about."""
    return f"{runs}?{urlencode({'status': count.status, **({'since': '24h'} if count.lately else {})})}"
