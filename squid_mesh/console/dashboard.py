"""The dashboard: how everything stands, each figure with the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.pages import may, page, require


@dataclass(frozen=True, slots=True)
class Tile:
    """How many runs have a status, and the list of them."""

    status: str
    number: str
    lately: bool
    url: str


def show_dashboard(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """How everything stands."""
    require(request, "view_run")
    found = api.overview()
    runs = reverse("admin:squid_mesh_run_changelist", current_app=site.name)
    return page(
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
                f"{runs}?{urlencode({'status': count.status})}",
            )
            for count in found.counts
        ],
        figures=[
            (_("steps that need a person"), shown(found.held), bool(found.held.number), "person"),
            (_("steps due"), shown(found.due), False, "busy"),
            (_("of them for more than a minute"), shown(found.late), bool(found.late.number), "bad"),
            (_("steps whose worker is silent"), shown(found.lost), bool(found.lost.number), "bad"),
        ],
        alive=[cluster for cluster in found.clusters if cluster.alive],
        waiting=api.waiting_count(request.user),
        sees_triggers=may(request, "view_trigger"),
    )


def shown(count: api.Count) -> str:
    """The count, with a plus where there are more."""
    return f"{count.number}+" if count.more else str(count.number)
