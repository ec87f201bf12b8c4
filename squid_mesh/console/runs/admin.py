"""The model admin of runs: a list to search, filter and act on, and the pages of each run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from squid_mesh import conf
from squid_mesh.console.actions.bulk_page import BulkActions
from squid_mesh.console.actions.page import show_action
from squid_mesh.console.base.checked_list import CheckedListMixin
from squid_mesh.console.base.pagination import BoundedPaginator
from squid_mesh.console.base.read_only import ReadOnlyAdminMixin
from squid_mesh.console.runs.columns import RunColumns
from squid_mesh.console.runs.filters import (
    AttentionFilter,
    StartedFilter,
    StatusFilter,
    TagFilter,
    TriggerFilter,
    WorkflowFilter,
)
from squid_mesh.console.runs.page import show_attempts, show_graph, show_run
from squid_mesh.console.runs.raw import download_value, reveal_secrets, show_raw
from squid_mesh.console.runs.search import HELP, search_runs
from squid_mesh.console.views.urls import make_urls
from squid_mesh.inspection.runs.by_tag import NEWEST as NEWEST_TAGGED
from squid_mesh.models import Run

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Run]
else:
    Base = admin.ModelAdmin

#: Columns that no list shows.
_UNSHOWN = ("payload", "secrets", "by_default", "schedule", "trace")

_View = Callable[..., HttpResponseBase]


class RunList(ChangeList):
    """A page of runs. The number of queries doesn't depend on the number of runs and steps."""

    model_admin: RunAdmin

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """Return the order. Runs filtered by tag use the tag index, which gives the same order."""
        if queryset.query.order_by == NEWEST_TAGGED:
            return NEWEST_TAGGED
        return super().get_ordering(request, queryset)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page's runs, with their open steps and subjects."""
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        self.model_admin.load_columns(self.result_list, request, self.model_admin.admin_site)


class RunAdmin(CheckedListMixin, ReadOnlyAdminMixin, BulkActions, RunColumns, Base):
    """Runs: the list, and the pages of each run."""

    list_display = (
        "workflow_and_id",
        "status_and_duration",
        "open_steps_or_error",
        "subject_and_tags",
        "trigger",
        "start_and_age",
    )
    list_display_links = ("workflow_and_id",)
    list_filter = (AttentionFilter, StatusFilter, WorkflowFilter, TriggerFilter, StartedFilter, TagFilter)
    list_per_page = 50
    list_max_show_all = 0
    search_fields = ("id",)  # shows the search field; get_search_results decides what it finds
    search_help_text = HELP
    ordering = ("-created_at", "-id")
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Return the runs, without the long columns that the list doesn't show."""
        return super().get_queryset(request).using(conf.database()).defer(*_UNSHOWN)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return RunList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list."""
        return super().changelist_view(request, {"title": _("Runs"), **(extra_context or {})})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Run], search_term: str
    ) -> tuple[QuerySet[Run], bool]:
        """Return the runs that the term finds, without duplicates."""
        return search_runs(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        """Return the URLs of the console's other pages, of a run's pages, and Django's own."""

        def view(function: _View) -> _View:
            return self.admin_site.admin_view(partial(function, self.admin_site))

        urls = [
            path("<uuid:run_id>/act/<str:action>/", view(show_action), name="squid_mesh_run_act"),
            path("<uuid:run_id>/graph/", view(show_graph), name="squid_mesh_run_graph"),
            path("<uuid:run_id>/raw/", view(show_raw), name="squid_mesh_run_raw"),
            path("<uuid:run_id>/payload/", view(download_value), name="squid_mesh_run_payload"),
            path(
                "<uuid:run_id>/value/<str:step>/<int:visit>/<str:name>/",
                view(download_value),
                name="squid_mesh_run_value",
            ),
            path("<uuid:run_id>/reveal/", view(reveal_secrets), name="squid_mesh_run_reveal"),
            path(
                "<uuid:run_id>/attempts/<str:step>/<int:visit>/",
                view(show_attempts),
                name="squid_mesh_run_attempts",
            ),
        ]
        return [*make_urls(self.admin_site), *urls, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page of the run; it changes nothing."""
        if request.method != "GET":
            raise PermissionDenied
        return show_run(self.admin_site, request, object_id)
