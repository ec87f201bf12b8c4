"""Cron triggers in the admin: when each fires, its settings, and firing it by hand."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.console.base.checked_list import CheckedListMixin
from squid_mesh.console.base.list_filters import BooleanFilter, ListFilter
from squid_mesh.console.base.navigation import find_url
from squid_mesh.console.base.pages import has_permission
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.views.fire_trigger import confirm_and_fire
from squid_mesh.definitions.cron import Cron, find_expression_error, find_timezone_error
from squid_mesh.exceptions import WorkflowNotFound
from squid_mesh.models import Trigger

if TYPE_CHECKING:
    TriggerAdminBase = admin.ModelAdmin[Trigger]
    TriggerFormBase = forms.ModelForm[Trigger]
else:
    TriggerAdminBase, TriggerFormBase = admin.ModelAdmin, forms.ModelForm

#: How many scheduled times and how many runs a trigger's page lists.
_MAX_TIMES: Final = 5
_MAX_RUNS: Final = 10


class TriggerForm(TriggerFormBase):
    """What operators may change about a trigger."""

    class Meta:
        model = Trigger
        fields = ("enabled", "expression_override", "timezone_override")

    def clean_expression_override(self) -> str:
        """Return the cron expression; empty for the code's. Raises ValidationError if it never fires."""
        expression = str(self.cleaned_data["expression_override"])
        error = find_expression_error(expression) if expression else None
        if error:
            raise forms.ValidationError(_("The expression %(error)s."), params={"error": error})
        return expression

    def clean_timezone_override(self) -> str:
        """Return the timezone's name; empty for the code's. Raises ValidationError if there is none such."""
        name = str(self.cleaned_data["timezone_override"])
        hint = find_timezone_error(name) if name else None
        if hint:
            raise forms.ValidationError(
                _("Unknown timezone %(name)s%(hint)s."), params={"name": name, "hint": hint}
            )
        return name


class TriggerRowForm(TriggerFormBase):
    """The switch in a row of the list; its label names the trigger for screen readers."""

    class Meta:
        model = Trigger
        fields = ("enabled",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        label = _("Enable %(trigger)s") % {"trigger": self.instance}
        self.fields["enabled"].widget.attrs["aria-label"] = label


class WorkflowFilter(ListFilter):
    """The triggers of that workflow."""

    title = _("workflow")
    parameter_name = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the workflows that have cron triggers."""
        rows = Trigger.objects.using(conf.database()).order_by("workflow")
        names = rows.values_list("workflow", flat=True).distinct()
        return [(name, name) for name in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Trigger]) -> QuerySet[Trigger]:
        """Return the triggers of the chosen workflow."""
        return queryset.filter(workflow=self.value()) if self.value() else queryset


class TriggerAdmin(CheckedListMixin, TriggerAdminBase):
    """Cron triggers: when each fires, whether it is enabled, and its last run."""

    form = TriggerForm
    list_display = (
        "workflow",
        "name",
        "schedule",
        "enabled",
        "next_time",
        "last_run_link",
        "problem",
    )
    list_display_links = ("name",)
    list_editable = ("enabled",)
    list_filter = (("enabled", BooleanFilter), ("declared", BooleanFilter), WorkflowFilter)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("workflow", "name")
    actions = ("fire_now",)
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
        "next_times",
        "last_time",
        "last_fired_at",
        "last_run_link",
        "skipped_time",
        "skip_reason",
        "error",
        "changed_by_text",
        "changed_at",
    )
    readonly_fields = tuple(name for name in fields if name not in TriggerForm.Meta.fields)

    @property
    def media(self) -> forms.Media:
        """Return Django's media and the console's style sheet."""
        return super().media + forms.Media(css={"all": ["squid_mesh/console.css"]})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trigger]:
        """Return the triggers, with their last runs, from the database that stores runs."""
        return super().get_queryset(request).using(conf.database()).select_related("last_run")

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> type[TriggerFormBase]:
        """Return the form of a row of the list."""
        return super().get_changelist_form(request, **{"form": TriggerRowForm, **options})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: triggers are declared in code."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Trigger | None = None) -> bool:
        """Return False: triggers keep their history."""
        return False

    def has_fire_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may start runs."""
        return has_permission(request, "start_run")

    def get_urls(self) -> list[URLPattern]:
        """Return Django's URLs and that of the page that confirms firing."""
        fire = self.admin_site.admin_view(self.fire_view)
        return [path("<int:pk>/fire/", fire, name="squid_mesh_trigger_fire"), *super().get_urls()]

    def fire_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fire the trigger, after a confirmation."""
        trigger = self.get_object(request, str(pk))
        if trigger is None or not self.has_view_permission(request, trigger):
            raise Http404
        back = reverse("admin:squid_mesh_trigger_change", args=[pk], current_app=self.admin_site.name)
        return confirm_and_fire(self.admin_site, request, [trigger], back)

    @admin.action(description=_("Fire selected triggers now"), permissions=["fire"])
    def fire_now(self, request: HttpRequest, triggers: QuerySet[Trigger]) -> HttpResponse:
        """Fire the selected triggers, after a confirmation."""
        return confirm_and_fire(self.admin_site, request, list(triggers), request.get_full_path())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page, with a link that fires the trigger and the last runs that it started."""
        trigger = self.get_object(request, object_id)
        context: dict[str, Any] = {"fire_url": "", "last_runs": None}
        if trigger is not None and self.has_fire_permission(request):
            name = "admin:squid_mesh_trigger_fire"
            context["fire_url"] = reverse(name, args=[trigger.pk], current_app=self.admin_site.name)
        if trigger is not None and has_permission(request, "view_run"):
            context["last_runs"] = _list_last_runs(trigger)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def save_model(self, request: HttpRequest, obj: Trigger, form: Any, change: bool) -> None:
        """Change the trigger through the api, as every change."""
        api.change_trigger(
            obj.workflow,
            obj.name,
            enabled=obj.enabled,
            expression=obj.expression_override,
            timezone=obj.timezone_override,
            actor=request.user,
        )

    @admin.display(description=_("schedule"))
    def schedule(self, trigger: Trigger) -> str:
        """The cron expression and the timezone in effect."""
        return format_html(
            '<code class="sqm-nowrap">{}</code> {}', trigger.effective_expression, trigger.effective_timezone
        )

    @admin.display(description=_("last run"))
    def last_run_link(self, trigger: Trigger) -> str:
        """The status of the last run, linked to its page."""
        if trigger.last_run is None:
            return ""
        run = trigger.last_run
        url, label = find_url(self.admin_site.name, "run_change", run.pk), label_status(run.status).text
        return format_html('<a href="{}">{}</a>', url, label) if url else str(label)

    @admin.display(description=_("error"))
    def problem(self, trigger: Trigger) -> str:
        """Why the trigger can't fire; empty if it can."""
        if trigger.error:
            return trigger.error
        return "" if trigger.declared else str(_("Removed from the code"))

    @admin.display(description=_("next scheduled times"))
    def next_times(self, trigger: Trigger) -> str:
        """The next scheduled times, in the trigger's own timezone."""
        times = _find_next_times(trigger, timezone.now())
        if not times:
            return str(_("None: this trigger doesn’t fire."))
        return format_html_join(
            " ",
            '<time class="sqm-block" datetime="{}">{}</time>',
            ((time.isoformat(), f"{time:%Y-%m-%d %H:%M %Z}") for time in times),
        )


def _find_next_times(trigger: Trigger, now: datetime) -> list[datetime]:
    if trigger.next_time is None:
        return []
    cron = Cron(trigger.effective_expression, trigger.effective_timezone)
    return [] if cron.find_error() else list(islice(cron.fires(now), _MAX_TIMES))


def _list_last_runs(trigger: Trigger) -> tuple[api.RunSummary, ...]:
    try:
        return api.list_runs(workflow=trigger.workflow, trigger=trigger.name, limit=_MAX_RUNS).runs
    except WorkflowNotFound:  # removed from the code, and never run
        return ()
