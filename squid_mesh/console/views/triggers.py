"""Cron triggers in the admin: when each fires, switching it, and firing it by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.base.checked_list import CheckedListMixin
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

#: So many coming windows are told, and so many runs listed.
_WINDOWS: Final = 5
_RUNS: Final = 10


class TriggerForm(TriggerFormBase):
    """What operators may change about a trigger."""

    class Meta:
        model = Trigger
        fields = ("enabled", "expression_override", "timezone_override")

    def clean_expression_override(self) -> str:
        """An expression that fires, or none."""
        expression = str(self.cleaned_data["expression_override"])
        fault = find_expression_error(expression) if expression else None
        if fault:
            raise forms.ValidationError(_("The expression %(fault)s."), params={"fault": fault})
        return expression

    def clean_timezone_override(self) -> str:
        """A timezone that exists, or none."""
        name = str(self.cleaned_data["timezone_override"])
        hint = find_timezone_error(name) if name else None
        if hint:
            raise forms.ValidationError(
                _("There is no timezone %(name)s%(hint)s."), params={"name": name, "hint": hint}
            )
        return name


class ListedTriggerForm(TriggerFormBase):
    """The switch in the list, which says to those who don't see the row whose it is."""

    class Meta:
        model = Trigger
        fields = ("enabled",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        label = _("%(trigger)s is enabled") % {"trigger": self.instance}
        self.fields["enabled"].widget.attrs["aria-label"] = label


class TriggerAdmin(CheckedListMixin, TriggerAdminBase):
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
        "coming_windows",
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

    @property
    def media(self) -> forms.Media:
        """Beside Django's own, the console's looks."""
        return super().media + forms.Media(css={"all": ["squid_mesh/console.css"]})

    def get_changelist_form(self, request: HttpRequest, **options: Any) -> type[TriggerFormBase]:
        """A form for each row of the list."""
        return super().get_changelist_form(request, **{"form": ListedTriggerForm, **options})

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: the code declares triggers."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Trigger | None = None) -> bool:
        """Never: they are history."""
        return False

    def has_fire_permission(self, request: HttpRequest) -> bool:
        """Whoever may start runs."""
        return has_permission(request, "start_run")

    def get_urls(self) -> list[URLPattern]:
        """Django's own, and the page that asks before it fires."""
        fire = self.admin_site.admin_view(self.fire_view)
        return [path("<int:pk>/fire/", fire, name="squid_mesh_trigger_fire"), *super().get_urls()]

    def fire_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Fire that trigger, once it is confirmed."""
        trigger = self.get_object(request, str(pk))
        if trigger is None or not self.has_view_permission(request, trigger):
            raise Http404
        back = reverse("admin:squid_mesh_trigger_change", args=[pk], current_app=self.admin_site.name)
        return confirm_and_fire(self.admin_site, request, [trigger], back)

    @admin.action(description=_("Fire now"), permissions=["fire"])
    def fire_now(self, request: HttpRequest, triggers: QuerySet[Trigger]) -> HttpResponse:
        """Fire those triggers, once it is confirmed."""
        return confirm_and_fire(self.admin_site, request, list(triggers), request.get_full_path())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page, with the way to fire the trigger and the last runs that it started."""
        trigger = self.get_object(request, object_id)
        more: dict[str, Any] = {"fire_url": "", "last_runs": None}
        if trigger is not None and self.has_fire_permission(request):
            name = "admin:squid_mesh_trigger_fire"
            more["fire_url"] = reverse(name, args=[trigger.pk], current_app=self.admin_site.name)
        if trigger is not None and has_permission(request, "view_run"):
            more["last_runs"] = _last_runs(trigger)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

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
        return format_html(
            '<code class="sqm-nowrap">{}</code> {}', trigger.effective_expression, trigger.effective_timezone
        )

    @admin.display(description=_("last run"))
    def last_run_link(self, trigger: Trigger) -> str:
        """The last run, to go to."""
        if trigger.last_run is None:
            return ""
        run = trigger.last_run
        url = reverse("admin:squid_mesh_run_change", args=[run.pk], current_app=self.admin_site.name)
        return format_html('<a href="{}">{}</a>', url, label_status(run.status).text)

    @admin.display(description=_("trouble"))
    def trouble(self, trigger: Trigger) -> str:
        """What keeps it from firing."""
        if trigger.error:
            return trigger.error
        return "" if trigger.declared else str(_("gone from the code"))

    @admin.display(description=_("next windows"))
    def coming_windows(self, trigger: Trigger) -> str:
        """The next windows, in the trigger's own timezone."""
        moments = _coming(trigger, datetime.now(UTC))
        if not moments:
            return str(_("It doesn't fire."))
        return format_html_join(
            " ",
            '<time class="sqm-block" datetime="{}">{}</time>',
            ((moment.isoformat(), f"{moment:%Y-%m-%d %H:%M %Z}") for moment in moments),
        )


def _coming(trigger: Trigger, now: datetime) -> list[datetime]:
    if trigger.next_window is None:
        return []
    cron = Cron(trigger.effective_expression, trigger.effective_timezone)
    return [] if cron.find_error() else list(islice(cron.fires(now), _WINDOWS))


def _last_runs(trigger: Trigger) -> tuple[api.RunSummary, ...]:
    try:
        return api.list_runs(workflow=trigger.workflow, trigger=trigger.name, limit=_RUNS).runs
    except WorkflowNotFound:  # gone from the code, and never run
        return ()
