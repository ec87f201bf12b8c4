"""The read-only model admins of steps, attempts and audit events across all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.console.base.checked_list import CheckedListMixin
from squid_mesh.console.base.list_filters import make_filter
from squid_mesh.console.base.navigation import find_url
from squid_mesh.console.base.pagination import BoundedPaginator
from squid_mesh.console.base.read_only import ReadOnlyAdminMixin
from squid_mesh.console.labels.events import label_event
from squid_mesh.console.labels.statuses import label_status, render_badge
from squid_mesh.console.labels.texts import MAX_JSON, shorten
from squid_mesh.console.labels.times import render_time
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.lifecycle import AttemptOutcome, EventType, StepStatus, WaitingFor
from squid_mesh.models import Attempt, AuditEvent, StepRun

if TYPE_CHECKING:
    StepBase = admin.ModelAdmin[StepRun]
    AttemptBase = admin.ModelAdmin[Attempt]
    EventBase = admin.ModelAdmin[AuditEvent]
else:
    StepBase = AttemptBase = EventBase = admin.ModelAdmin


#: Long columns of runs and steps, which these lists don't show.
_LONG_RUN_COLUMNS = ("payload", "schedule", "error")
_LONG_STEP_COLUMNS = ("input", "output", "error", "request")


class _RelatedAdmin(CheckedListMixin, ReadOnlyAdminMixin):
    """A long list, the newest first. A page of it costs the same however long the list is."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_max_show_all = 0
    sortable_by: Any = ()
    ordering: Any = ("-id",)
    paginator: Any = BoundedPaginator

    class Media:
        css = {"all": ["squid_mesh/console.css"]}


class StepAdmin(_RelatedAdmin, StepBase):
    """Steps of all runs."""

    list_display = (
        "name_and_visit",
        "status_badge",
        "run_link",
        "attempt_number",
        "started_at",
        "finished_at",
    )
    list_filter = (
        make_filter("status", _("status"), StepStatus, lambda value: label_status(value).text),
        make_filter("waiting_for", _("waiting for"), WaitingFor, label_waiting_for),
    )
    search_fields = ("=run__id",)
    search_help_text = _("Run ID")
    fields = (
        *("run_link", "name", "visit", "status_badge", "outcome", "waiting_for", "due_at", "worker"),
        *("attempt_number", "failures", "crashes", "deferrals"),
        *("masked_input", "masked_output", "masked_error", "created_at", "started_at", "finished_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StepRun]:
        """Return the steps without their long columns."""
        steps = super().get_queryset(request).using(conf.database()).select_related("run")
        return steps.defer(*_LONG_STEP_COLUMNS, *(f"run__{name}" for name in _LONG_RUN_COLUMNS))

    @admin.display(description=_("step"))
    def name_and_visit(self, step: StepRun) -> str:
        """The step's name; from the second visit on with its number."""
        return step.name if step.visit == 1 else f"{step.name} ({step.visit})"

    @admin.display(description=_("status"))
    def status_badge(self, step: StepRun) -> str:
        """The status."""
        return render_badge(step.status)

    @admin.display(description=_("run"))
    def run_link(self, step: StepRun) -> str:
        """A link to the step on its run's page."""
        return _link_run(self.admin_site.name, step.run_id, _step_anchor(step), step.run.workflow)

    @admin.display(description=_("input"))
    def masked_input(self, step: StepRun) -> str:
        """The input, with its secrets masked."""
        return shorten(str(_inspect_step(step).input))

    @admin.display(description=_("output"))
    def masked_output(self, step: StepRun) -> str:
        """The output, with its secrets masked."""
        return shorten(str(_inspect_step(step).output))

    @admin.display(description=_("error"))
    def masked_error(self, step: StepRun) -> str:
        """The last error, with its secrets masked."""
        error = _inspect_step(step).error
        return "" if error is None else shorten(f"{error.get('type')}: {error.get('message', '')}")


class AttemptAdmin(_RelatedAdmin, AttemptBase):
    """Attempts of all steps."""

    list_display = ("number", "step_link", "outcome_badge", "worker", "started_at", "ended_at")
    list_filter = (
        make_filter("outcome", _("outcome"), AttemptOutcome, lambda value: label_status(value).text),
    )
    list_select_related = ("step__run",)
    search_fields = ("=step__run__id",)
    search_help_text = _("Run ID")
    fields = ("step_link", "kind", "number", "outcome_badge", "worker", "started_at", "ended_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        """Return the attempts without long columns; the run's page shows these, masked."""
        attempts = super().get_queryset(request).using(conf.database()).select_related("step__run")
        long = (*_LONG_STEP_COLUMNS, *(f"run__{name}" for name in _LONG_RUN_COLUMNS))
        return attempts.defer("error", *(f"step__{name}" for name in long))

    @admin.display(description=_("step"))
    def step_link(self, attempt: Attempt) -> str:
        """A link to the step on its run's page."""
        step = attempt.step
        return _link_run(
            self.admin_site.name, step.run_id, _step_anchor(step), f"{step.run.workflow} · {step.name}"
        )

    @admin.display(description=_("outcome"))
    def outcome_badge(self, attempt: Attempt) -> str:
        """How the attempt ended."""
        return render_badge(attempt.outcome)


class EventAdmin(_RelatedAdmin, EventBase):
    """The audit events of all runs. They are only ever added."""

    list_display = ("event_label", "step", "actor_text", "short_comment", "run_link", "time")
    list_filter = (make_filter("type", _("event"), EventType, label_event),)
    list_select_related = ("run",)
    search_fields = ("=run__id", "=actor_text")
    search_help_text = _("Run ID or actor")
    fields = ("run_link", "sequence", "event_label", "step", "actor_text", "short_comment", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Return the events without long columns; the run's page shows these, masked."""
        events = super().get_queryset(request).using(conf.database()).select_related("run")
        return events.defer("data", *(f"run__{name}" for name in _LONG_RUN_COLUMNS))

    @admin.display(description=_("time"))
    def time(self, event: AuditEvent) -> str:
        """When it happened, to the second."""
        return render_time(event.created_at)

    @admin.display(description=_("event"))
    def event_label(self, event: AuditEvent) -> str:
        """What the event records."""
        return label_event(event.type)

    @admin.display(description=_("comment"))
    def short_comment(self, event: AuditEvent) -> str:
        """The comment; of a very long one its beginning."""
        return shorten(event.comment)

    @admin.display(description=_("run"))
    def run_link(self, event: AuditEvent) -> str:
        """A link to the history on the run's page."""
        return _link_run(self.admin_site.name, event.run_id, "#sqm-history", event.run.workflow)


def _step_anchor(step: StepRun) -> str:
    """Return the end of a link to the step: a long run's page shows only some of its steps."""
    return f"?{urlencode({'step': step.name})}#step-{quote(step.name)}"


def _link_run(site: str, run_id: Any, anchor: str, text: str) -> str:
    url = find_url(site, "run_change", run_id)
    return format_html('<a href="{}{}">{}</a>', url, anchor, text) if url else text


def _inspect_step(step: StepRun) -> api.StepSnapshot:
    steps = api.inspect_run(step.run_id, preview=MAX_JSON).steps
    return next(one for one in steps if (one.name, one.visit) == (step.name, step.visit))
