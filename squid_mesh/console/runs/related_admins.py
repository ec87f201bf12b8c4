"""The model admins of what belongs to runs, to look at: steps, attempts and the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.console.base.checked_list import CheckedListMixin
from squid_mesh.console.base.pagination import BoundedPaginator
from squid_mesh.console.base.read_only import ReadOnlyAdminMixin
from squid_mesh.console.labels.events import label_event
from squid_mesh.console.labels.statuses import render_badge
from squid_mesh.console.labels.texts import shorten
from squid_mesh.models import Attempt, AuditEvent, StepRun

if TYPE_CHECKING:
    StepBase = admin.ModelAdmin[StepRun]
    AttemptBase = admin.ModelAdmin[Attempt]
    EventBase = admin.ModelAdmin[AuditEvent]
else:
    StepBase = AttemptBase = EventBase = admin.ModelAdmin


#: Columns of a run that lists don't show.
_LONG = ("payload", "schedule", "error")


class _Rows(CheckedListMixin, ReadOnlyAdminMixin):
    """Long lists, the newest first, whose pages cost the same however long they are."""

    show_full_result_count = False
    list_max_show_all = 0
    sortable_by: Any = ()
    ordering: Any = ("-id",)
    paginator: Any = BoundedPaginator

    class Media:
        css = {"all": ["squid_mesh/console.css"]}


class StepAdmin(_Rows, StepBase):
    """Steps of all runs."""

    list_display = ("shown_step", "shown_status", "shown_run", "attempt_number", "started_at", "finished_at")
    list_filter = ("status", "waiting_for")
    list_select_related = ("run",)
    search_fields = ("=run__id",)
    search_help_text = _("A run’s id.")
    fields = (
        *("shown_run", "name", "visit", "shown_status", "outcome", "waiting_for", "due_at", "worker"),
        *("attempt_number", "failures", "crashes", "deferrals", "shown_input", "shown_output", "shown_error"),
        *("created_at", "started_at", "finished_at"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StepRun]:
        """Without what is long; a page reads that masked."""
        rows = super().get_queryset(request).using(conf.database())
        return rows.defer(
            "input", "output", "error", "request", "run__payload", "run__schedule", "run__error"
        )

    @admin.display(description=_("step"))
    def shown_step(self, step: StepRun) -> str:
        """Its name, and which visit."""
        return step.name if step.visit == 1 else f"{step.name} ({step.visit})"

    @admin.display(description=_("status"))
    def shown_status(self, step: StepRun) -> str:
        """The status."""
        return render_badge(step.status)

    @admin.display(description=_("run"))
    def shown_run(self, step: StepRun) -> str:
        """Its run, to go to."""
        return _run_link(self.admin_site.name, step.run_id, f"#step-{step.name}", step.run.workflow)

    @admin.display(description=_("input"))
    def shown_input(self, step: StepRun) -> str:
        """What it was given, secrets masked."""
        return shorten(str(_snapshot(step).input))

    @admin.display(description=_("output"))
    def shown_output(self, step: StepRun) -> str:
        """What it gave, secrets masked."""
        return shorten(str(_snapshot(step).output))

    @admin.display(description=_("error"))
    def shown_error(self, step: StepRun) -> str:
        """What it failed of last."""
        error = _snapshot(step).error
        return "" if error is None else shorten(f"{error.get('type')}: {error.get('message', '')}")


class AttemptAdmin(_Rows, AttemptBase):
    """Attempts at all steps."""

    list_display = ("number", "shown_step", "shown_outcome", "worker", "started_at", "ended_at")
    list_filter = ("outcome",)
    list_select_related = ("step__run",)
    search_fields = ("=step__run__id",)
    search_help_text = _("A run’s id.")
    fields = ("shown_step", "kind", "number", "shown_outcome", "worker", "started_at", "ended_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        """Without what is long: the run's page has it, masked."""
        rows = super().get_queryset(request).using(conf.database()).select_related("step__run")
        long = ("input", "output", "error", "request", *(f"run__{name}" for name in _LONG))
        return rows.defer("error", *(f"step__{name}" for name in long))

    @admin.display(description=_("step"))
    def shown_step(self, attempt: Attempt) -> str:
        """Its step, on its run's page."""
        step = attempt.step
        return _run_link(
            self.admin_site.name, step.run_id, f"#step-{step.name}", f"{step.run.workflow} · {step.name}"
        )

    @admin.display(description=_("outcome"))
    def shown_outcome(self, attempt: Attempt) -> str:
        """How it ended."""
        return render_badge(attempt.outcome)


class EventAdmin(_Rows, EventBase):
    """The audit trail of all runs: it is only ever added to."""

    list_display = ("shown_event", "step", "actor_text", "shown_comment", "shown_run", "created_at")
    list_filter = ("type",)
    list_select_related = ("run",)
    search_fields = ("=run__id", "=actor_text")
    search_help_text = _("A run’s id, or who acted.")
    fields = ("shown_run", "sequence", "shown_event", "step", "actor_text", "shown_comment", "created_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        """Without what is long: the run's page has it, masked."""
        rows = super().get_queryset(request).using(conf.database()).select_related("run")
        return rows.defer("data", *(f"run__{name}" for name in _LONG))

    @admin.display(description=_("event"))
    def shown_event(self, event: AuditEvent) -> str:
        """What it tells."""
        return label_event(event.type)

    @admin.display(description=_("comment"))
    def shown_comment(self, event: AuditEvent) -> str:
        """What was said, as far as there is room."""
        return shorten(event.comment)

    @admin.display(description=_("run"))
    def shown_run(self, event: AuditEvent) -> str:
        """Its run, to go to."""
        return _run_link(self.admin_site.name, event.run_id, "#sqm-history", event.run.workflow)


def _run_link(site: str, run_id: Any, anchor: str, text: str) -> str:
    url = reverse("admin:squid_mesh_run_change", args=[run_id], current_app=site)
    return format_html('<a href="{}{}">{}</a>', url, anchor, text)


def _snapshot(step: StepRun) -> api.StepSnapshot:
    steps = api.inspect_run(step.run_id).steps
    return next(s for s in steps if (s.name, s.visit) == (step.name, step.visit))
