"""The URLs of the pages that belong to no model. They are below that of the run list."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.contrib.admin import AdminSite
from django.http import HttpResponseBase
from django.urls import URLPattern, path

from squid_mesh.console.views.dashboard import show_dashboard
from squid_mesh.console.views.inbox import show_inbox
from squid_mesh.console.views.start_run import show_start_form
from squid_mesh.console.views.workflows import show_workflow, show_workflows

_View = Callable[..., HttpResponseBase]


def make_urls(site: AdminSite) -> list[URLPattern]:
    """Return the URLs of the dashboard, the inbox, the workflows and the start form."""

    def view(function: _View) -> _View:
        return site.admin_view(partial(function, site))

    return [
        path("dashboard/", view(show_dashboard), name="squid_mesh_dashboard"),
        path("waiting/", view(show_inbox), name="squid_mesh_inbox"),
        path("workflows/", view(show_workflows), name="squid_mesh_workflows"),
        path("workflows/<str:name>/", view(show_workflow), name="squid_mesh_workflow"),
        path("workflows/<str:workflow>/start/<str:trigger>/", view(show_start_form), name="squid_mesh_start"),
    ]
