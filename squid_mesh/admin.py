"""Runs, steps and attempts in the Django admin, to look at; triggers, to switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.look import LookOnly
from squid_mesh.definitions.cron import expression_fault, timezone_fault
from squid_mesh.models import Attempt, Run, StepRun, Trigger

if TYPE_CHECKING:
    RunAdminBase = admin.ModelAdmin[Run]
    StepAdminBase = admin.ModelAdmin[StepRun]
    TriggerAdminBase = admin.ModelAdmin[Trigger]
    TriggerFormBase = forms.ModelForm[Trigger]
    StepsBase = admin.TabularInline[StepRun, Run]
    AttemptsBase = admin.TabularInline[Attempt, StepRun]
else:
    RunAdminBase = StepAdminBase = TriggerAdminBase = admin.ModelAdmin
    TriggerFormBase = forms.ModelForm
    StepsBase = AttemptsBase = admin.TabularInline


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


class TriggerForm(TriggerFormBase):
    """What operators may change about a trigger."""

    class Meta:
        model = Trigger
        fields = ("enabled", "expression_override", "timezone_override")

    def clean_expression_override(self) -> str:
        """An expression that fires, or none."""
        expression = str(self.cleaned_data["expression_override"])
        fault = expression_fault(expression) if expression else None
        if fault:
            raise forms.ValidationError(_("The expression %(fault)s."), params={"fault": fault})
        return expression

    def clean_timezone_override(self) -> str:
        """A timezone that exists, or none."""
        name = str(self.cleaned_data["timezone_override"])
        hint = timezone_fault(name) if name else None
        if hint:
            raise forms.ValidationError(
                _("There is no timezone %(name)s%(hint)s."), params={"name": name, "hint": hint}
            )
        return name


@admin.register(Trigger)
class TriggerAdmin(TriggerAdminBase):
    """Cron triggers: when each fires, whether it does, and its last run."""

    form = TriggerForm
    list_display = (
        "workflow",
        "name",
        "when",
        "enabled",
        "next_window",
        "last_window",
        "last_run_link",
        "trouble",
    )
    list_display_links = ("name",)
    list_editable = ("enabled",)
    list_filter = ("enabled", "declared", "workflow")
    search_fields = ("workflow", "name")
    list_select_related = ("last_run",)
    fields = (
        "workflow",
        "name",
        "expression",
        "timezone",
        "catch_up",
        "overlap",
        "declared",
        "enabled",
        "expression_override",
        "timezone_override",
        "next_window",
        "last_window",
        "last_fired_at",
        "last_run_link",
        "skipped_window",
        "skipped_because",
        "error",
        "changed_by_text",
        "changed_at",
    )
    readonly_fields = tuple(name for name in fields if name not in TriggerForm.Meta.fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the code declares triggers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Trigger | None = None) -> bool:
        """Never: they are history."""
        return False

    def save_model(self, request: HttpRequest, obj: Trigger, form: Any, change: bool) -> None:
        """Through the api, as every change."""
        api.change_trigger(
            obj.workflow,
            obj.name,
            enabled=obj.enabled,
            expression=obj.expression_override,
            timezone=obj.timezone_override,
            actor=request.user,
        )

    @admin.display(description=_("when"))
    def when(self, trigger: Trigger) -> str:
        """The expression and the timezone that count."""
        return f"{trigger.effective_expression} {trigger.effective_timezone}"

    @admin.display(description=_("last run"))
    def last_run_link(self, trigger: Trigger) -> str:
        """The last run, to go to."""
        if trigger.last_run is None:
            return ""
        run = trigger.last_run
        url = reverse("admin:squid_mesh_run_change", args=[run.pk])
        return format_html('<a href="{}">{}</a>', url, run.status)

    @admin.display(description=_("trouble"))
    def trouble(self, trigger: Trigger) -> str:
        """What keeps it from firing."""
        if trigger.error:
            return trigger.error
        return "" if trigger.declared else str(_("gone from the code"))
