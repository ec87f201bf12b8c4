"""What a list of runs can be filtered by: each cheaply, whatever the number of runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from squid_mesh import conf
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.labels.tags import TAG
from squid_mesh.console.runs.search import list_workflows_with_runs
from squid_mesh.definitions import registry
from squid_mesh.definitions.values.tags import split_tags, validate_tags
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.runs.by_tag import tagged_with
from squid_mesh.lifecycle import ACTIVE_RUN, RunStatus, StepStatus
from squid_mesh.models import Run, StepRun

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList

Choices = Sequence[tuple[str, str]]


class _Filter(admin.SimpleListFilter):
    """One that stands there even where it has one choice only, so that what is filtered can be seen."""

    def has_output(self) -> bool:
        """Whether there is anything to choose."""
        return bool(self.lookup_choices)


class WorkflowFilter(_Filter):
    """By workflow: those that are installed, and those that runs remember."""

    title = _("workflow")
    parameter_name = "workflow"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Their names."""
        names = {cls.workflow_name for cls in registry.list_workflows()} | set(list_workflows_with_runs())
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs of that workflow."""
        return queryset.filter(workflow=self.value()) if self.value() else queryset


class StatusFilter(_Filter):
    """By status."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """All there are."""
        return [(status.value, str(label_status(status).text)) for status in RunStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs of that status."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class TriggerFilter(_Filter):
    """By trigger: those that the code declares, of the chosen workflow where one is."""

    title = _("trigger")
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Their names, and the one that is asked for."""
        workflow = request.GET.get(WorkflowFilter.parameter_name)
        names = {
            trigger.name
            for cls in registry.list_workflows()
            if workflow in (None, "", cls.workflow_name)
            for trigger in cls.blueprint.triggers
        }
        asked = request.GET.get(self.parameter_name)
        return [(name, name) for name in sorted(names | ({asked} if asked else set()))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs that it started."""
        return queryset.filter(trigger=self.value()) if self.value() else queryset


class SinceFilter(_Filter):
    """By the time since the start."""

    title = _("started")
    parameter_name = "since"
    spans: Final = {
        "1h": (_("In the last hour"), timedelta(hours=1)),
        "24h": (_("In the last 24 hours"), timedelta(hours=24)),
        "7d": (_("In the last 7 days"), timedelta(days=7)),
        "30d": (_("In the last 30 days"), timedelta(days=30)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Spans of time."""
        return [(key, str(label)) for key, (label, _span) in self.spans.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs that aren't older."""
        found = self.spans.get(self.value() or "")
        return queryset.filter(created_at__gte=timezone.now() - found[1]) if found else queryset


class TagFilter(_Filter):
    """By a tag, or by several with commas between them. Tags are written: nobody knows how many there are."""

    title = _("tag")
    parameter_name = TAG
    template = "admin/squid_mesh/tag_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """None."""
        return ()

    def has_output(self) -> bool:
        """There is a field to write in."""
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """What is asked for, how to ask for all, and what else is, to be asked for again."""
        kept = {name: value for name, value in changelist.params.items() if name != self.parameter_name}
        everything = changelist.get_query_string(remove=[self.parameter_name])
        yield {"value": self.value() or "", "kept": kept, "everything": everything}

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are asked for."""
        return validate_tags(split_tags(self.value() or ""), self.parameter_name)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs that have all of them; of what can be no tag, none."""
        try:
            tags = self.tags
        except InvalidArgument:
            return queryset.none()
        return tagged_with(tags, queryset) if tags else queryset


class NeedsFilter(_Filter):
    """Runs that can't go on without a person, if only with one of their branches."""

    title = _("who is needed")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """The one question."""
        return [("human", str(_("A person")))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """All, or those."""
        yield from super().choices(changelist)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        """The runs with a step that a person holds up; steps have a partial index on these."""
        if self.value() != "human":
            return queryset
        held = StepRun.objects.using(conf.database()).filter(
            status__in=(StepStatus.PAUSED.value, StepStatus.UNKNOWN.value), current=True
        )
        return queryset.filter(Q(status__in=sorted(ACTIVE_RUN)), pk__in=held.values("run_id"))
