"""The filters of the run list. The cost of each doesn't grow with the number of runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from squid_mesh import conf
from squid_mesh.console.base.list_filters import ListFilter, capitalize
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.labels.tags import TAG
from squid_mesh.console.runs.search import list_workflows_with_runs
from squid_mesh.definitions import registry
from squid_mesh.definitions.values.tags import split_tags, validate_tags
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.runs.by_tag import filter_by_tags
from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus, StepStatus
from squid_mesh.models import Run, StepRun

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList

Choices = Sequence[tuple[str, str]]


class AttentionFilter(ListFilter):
    """Runs with a step that waits for a person, even if their other branches go on."""

    title = _("needs attention")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the only choice."""
        return [("yes", str(_("Yes")))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs with a paused step or one with an unknown outcome; steps have an index on these."""
        if self.value() != "yes":
            return queryset
        waiting = StepRun.objects.using(conf.database()).filter(
            status__in=(StepStatus.PAUSED.value, StepStatus.UNKNOWN.value), current=True
        )
        return queryset.filter(Q(status__in=sorted(ACTIVE_RUN)), pk__in=waiting.values("run_id"))


class StatusFilter(ListFilter):
    """Runs with that status."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return every status."""
        return [(status.value, capitalize(str(label_status(status).text))) for status in RunStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs with that status."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class WorkflowFilter(ListFilter):
    """Runs of that workflow, installed or not."""

    title = _("workflow")
    parameter_name = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the names of the installed workflows and of those with stored runs."""
        names = {cls.workflow_name for cls in registry.list_workflows()} | set(list_workflows_with_runs())
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs of that workflow."""
        return queryset.filter(workflow=self.value()) if self.value() else queryset


class TriggerFilter(ListFilter):
    """Runs that this trigger started."""

    title = _("trigger")
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the triggers in the code, of the chosen workflow if there is one, and the chosen trigger."""
        workflow = request.GET.get(WorkflowFilter.parameter_name)
        names = {
            trigger.name
            for cls in registry.list_workflows()
            if workflow in (None, "", cls.workflow_name)
            for trigger in cls.blueprint.triggers
        }
        chosen = request.GET.get(self.parameter_name)
        return [(name, name) for name in sorted(names | ({chosen} if chosen else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs that this trigger started."""
        return queryset.filter(trigger=self.value()) if self.value() else queryset


class StartedFilter(ListFilter):
    """Runs that were started in the last hour, day, week or 30 days."""

    title = _("started")
    parameter_name = "since"
    choices_by_key: Final = {
        "1h": (_("Last hour"), timedelta(hours=1)),
        "24h": (_("Last 24 hours"), timedelta(hours=24)),
        "7d": (_("Last 7 days"), timedelta(days=7)),
        "30d": (_("Last 30 days"), timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the choices."""
        return [(key, str(label)) for key, (label, _age) in self.choices_by_key.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs that were started since then."""
        chosen = self.choices_by_key.get(self.value() or "")
        return queryset.filter(created_at__gte=timezone.now() - chosen[1]) if chosen else queryset


class TagFilter(ListFilter):
    """Runs with all of those comma-separated tags. It has a text field, since there may be many tags."""

    title = _("tags")
    parameter_name = TAG
    template = "admin/squid_mesh/tag_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return no choices."""
        return ()

    def has_output(self) -> bool:
        """Return True: the text field is always shown."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Return the text, the other parameters to keep, and the address without this filter."""
        kept = {name: value for name, value in changelist.params.items() if name != self.parameter_name}
        clear_url = changelist.get_query_string(remove=[self.parameter_name])
        yield {"value": self.value() or "", "kept": kept, "clear_url": clear_url}

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags in the text. Raises InvalidArgument."""
        return validate_tags(split_tags(self.value() or ""), self.parameter_name)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """Return the runs with all of the tags; none if a text can't be a tag."""
        try:
            tags = self.tags
        except InvalidArgument:
            return queryset.none()
        return filter_by_tags(tags, queryset) if tags else queryset
