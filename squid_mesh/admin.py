"""Registers what operators see in the Django admin; the pages themselves are the console's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.rows import AttemptAdmin, EventAdmin, StepAdmin
from squid_mesh.console.runs import RunAdmin
from squid_mesh.definitions.cron import expression_fault, timezone_fault
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun, Trigger

if TYPE_CHECKING:
    TriggerAdminBase = admin.ModelAdmin[Trigger]
    TriggerFormBase = forms.ModelForm[Trigger]
else:
    TriggerAdminBase = admin.ModelAdmin
    TriggerFormBase = forms.ModelForm

admin.site.register(Run, RunAdmin)
admin.site.register(StepRun, StepAdmin)
admin.site.register(Attempt, AttemptAdmin)
admin.site.register(AuditEvent, EventAdmin)


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
