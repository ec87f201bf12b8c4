"""Runs, steps and attempts in the Django admin, to look at; triggers, to switch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.look import LookOnly
from squid_mesh.console.subject_runs import WorkflowRunsMixin
from squid_mesh.console.triggers import TriggerAdmin
from squid_mesh.console.urls import desk_urls
from squid_mesh.models import Attempt, Run, StepRun, Trigger

if TYPE_CHECKING:
    RunAdminBase = admin.ModelAdmin[Run]
    StepAdminBase = admin.ModelAdmin[StepRun]
    StepsBase = admin.TabularInline[StepRun, Run]
    AttemptsBase = admin.TabularInline[Attempt, StepRun]
else:
    RunAdminBase = StepAdminBase = admin.ModelAdmin
    StepsBase = AttemptsBase = admin.TabularInline

__all__ = ["RunAdmin", "StepAdmin", "TriggerAdmin", "WorkflowRunsMixin"]


class StepInline(LookOnly, StepsBase):
    """The steps on their run's page."""

    model = StepRun
    fields = ("name", "status", "outcome", "waiting_for", "attempt_number", "started_at", "finished_at")
    readonly_fields = fields
    extra = 0
    show_change_link = True


class AttemptInline(LookOnly, AttemptsBase):
    """The attempts on their step's page."""

    model = Attempt
    fields = ("number", "outcome", "worker", "started_at", "ended_at")
    readonly_fields = fields
    extra = 0


@admin.register(Run)
class RunAdmin(LookOnly, RunAdminBase):
    """Runs: a list to filter, a page each."""

    list_display = ("id", "workflow", "status", "trigger", "created_at", "finished_at")
    list_filter = ("status", "workflow")
    search_fields = ("=id", "=idempotency_key", "=subject_id")
    ordering = ("-created_at", "-id")
    show_full_result_count = False
    fields = (
        "id",
        "workflow",
        "status",
        "trigger",
        "shown_payload",
        "shown_error",
        "idempotency_key",
        "subject_type",
        "subject_id",
        "replay_of",
        "created_at",
        "started_at",
        "finished_at",
    )
    readonly_fields = fields
    inlines = (StepInline,)

    def get_urls(self) -> list[URLPattern]:
        """The pages that are no model's, then Django's own."""
        return [*desk_urls(self.admin_site), *super().get_urls()]

    @admin.display(description=_("payload"))
    def shown_payload(self, run: Run) -> str:
        """The payload, its secrets masked."""
        return str(api.inspect_run(run.pk).payload)

    @admin.display(description=_("error"))
    def shown_error(self, run: Run) -> str:
        """What the run failed of."""
        error = api.inspect_run(run.pk).error
        return "" if error is None else f"{error.get('step')}: {error.get('message', '')}"


@admin.register(StepRun)
class StepAdmin(LookOnly, StepAdminBase):
    """Steps: a page each, with the attempts."""

    list_display = ("name", "run", "status", "outcome", "attempt_number", "started_at", "finished_at")
    list_filter = ("status",)
    list_select_related = ("run",)
    search_fields = ("=run__id", "=name")
    ordering = ("-id",)
    show_full_result_count = False
    fields = (
        "run",
        "name",
        "visit",
        "status",
        "outcome",
        "waiting_for",
        "due_at",
        "worker",
        "attempt_number",
        "failures",
        "crashes",
        "deferrals",
        "shown_input",
        "shown_output",
        "shown_error",
        "created_at",
        "started_at",
        "finished_at",
    )
    readonly_fields = fields
    inlines = (AttemptInline,)

    @admin.display(description=_("input"))
    def shown_input(self, step: StepRun) -> str:
        """What it was given, secrets masked."""
        return str(self._snapshot(step).input)

    @admin.display(description=_("output"))
    def shown_output(self, step: StepRun) -> str:
        """What it gave, secrets masked."""
        return str(self._snapshot(step).output)

    @admin.display(description=_("error"))
    def shown_error(self, step: StepRun) -> str:
        """What it failed of last."""
        error = self._snapshot(step).error
        return "" if error is None else f"{error.get('type')}: {error.get('message', '')}"

    @staticmethod
    def _snapshot(step: StepRun) -> api.StepSnapshot:
        steps = api.inspect_run(step.run_id).steps
        return next(s for s in steps if (s.name, s.visit) == (step.name, step.visit))


admin.site.register(Trigger, TriggerAdmin)
