"""The list of workflows, and the page of one with its triggers, graph, steps and runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from squid_mesh import api, conf
from squid_mesh.console.base.navigation import find_url
from squid_mesh.console.base.pages import has_permission, render_page, require_permission
from squid_mesh.console.forms.json_schema import Property, read_properties
from squid_mesh.console.labels.times import format_duration
from squid_mesh.definitions.blueprint import Edge, StepBlueprint, TriggerBlueprint
from squid_mesh.definitions.retry import Backoff, Exponential, Fixed, Linear, RetryPolicy
from squid_mesh.exceptions import WorkflowNotFound
from squid_mesh.models import Trigger


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the workflow, with its retry policy and timeout as text and the edges that leave it."""

    step: StepBlueprint
    retry: str
    timeout: str
    edges: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class TriggerCard:
    """A trigger and its payload fields. ``start_url`` and ``page_url`` are empty without permission."""

    trigger: TriggerBlueprint
    start_url: str
    page_url: str
    fields: tuple[Property, ...]


def show_workflows(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Show every workflow; those that aren't installed any more come first."""
    require_permission(request, "view_run")
    workflows = sorted(api.list_workflows(), key=lambda workflow: workflow.installed)
    return render_page(
        request,
        site,
        "workflows.html",
        title=_("Workflows"),
        workflows=[(workflow, _format_percent(workflow.recent.failure_rate)) for workflow in workflows],
        may_start=has_permission(request, "start_run"),
    )


def show_workflow(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """Show one workflow."""
    require_permission(request, "view_run")
    try:
        workflow = api.inspect_workflow(name)
    except WorkflowNotFound as error:
        raise Http404(error.message) from None
    return render_page(
        request,
        site,
        "workflow.html",
        title=workflow.name,
        workflow=workflow,
        failure_rate=_format_percent(workflow.recent.failure_rate),
        triggers=_list_triggers(workflow, request, site),
        steps=_list_steps(workflow),
        graph=mark_safe(api.draw_workflow(name)) if workflow.installed else "",  # noqa: S308 - escapes all texts
        crumbs=[(reverse("admin:squid_mesh_workflows", current_app=site.name), _("Workflows"))],
    )


def describe_retry(policy: RetryPolicy) -> str:
    """Return the retry policy as text: "up to 5 attempts; backoff 1 s x 2, max 60 s"."""
    if policy.max_attempts == 1:
        return gettext("no retries")
    attempts = ngettext("up to %(n)d attempt", "up to %(n)d attempts", policy.max_attempts)
    return gettext("%(attempts)s; backoff %(backoff)s") % {
        "attempts": attempts % {"n": policy.max_attempts},
        "backoff": _describe_backoff(policy.backoff),
    }


def _describe_backoff(backoff: Backoff) -> str:
    match backoff:
        case Exponential(min=first, max=longest, factor=factor):
            return gettext("%(first)g s × %(factor)g, max %(longest)g s") % {
                "first": first,
                "factor": factor,
                "longest": longest,
            }
        case Linear(step=increment, max=longest):
            return gettext("%(increment)g s more each time, max %(longest)g s") % {
                "increment": increment,
                "longest": longest,
            }
        case Fixed(seconds=seconds):
            return gettext("%(seconds)g s") % {"seconds": seconds}
        case _:
            assert_never(backoff)


def _format_percent(rate: float | None) -> str:
    if rate is None:
        return "–"
    return "< 1%" if 0 < rate < 0.01 else f"{rate:.0%}"


def _list_triggers(
    workflow: api.WorkflowSnapshot, request: HttpRequest, site: AdminSite
) -> list[TriggerCard]:
    rows: dict[str, int] = {}
    if has_permission(request, "view_trigger") and any(one.kind == "cron" for one in workflow.triggers):
        triggers = Trigger.objects.using(conf.database()).filter(workflow=workflow.name)
        rows = dict(triggers.values_list("name", "pk"))
    startable = workflow.installed and has_permission(request, "start_run")
    return [
        TriggerCard(
            trigger=trigger,
            start_url=find_url(site.name, "start", workflow.name, trigger.name) if startable else "",
            page_url=find_url(site.name, "trigger_change", rows[trigger.name])
            if trigger.name in rows
            else "",
            fields=read_properties(workflow.payload_schemas.get(trigger.name) or {}),
        )
        for trigger in workflow.triggers
    ]


def _list_steps(workflow: api.WorkflowSnapshot) -> list[StepRow]:
    edges: dict[str, list[Edge]] = {step.name: [] for step in workflow.steps}
    for edge in workflow.edges:
        edges[edge.source].append(edge)
    return [
        StepRow(
            step=step,
            retry=describe_retry(step.retry),
            timeout=format_duration(timedelta(seconds=step.timeout)) if step.timeout else "–",
            edges=tuple(edges[step.name]),
        )
        for step in workflow.steps
    ]
