"""The pages of the workflows: the list, and one of them with its graph, steps and runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from squid_mesh import api
from squid_mesh.console.base.pages import has_permission, render_page, require_permission
from squid_mesh.console.forms.json_schema import Property, read_properties
from squid_mesh.definitions.blueprint import Edge, StepBlueprint, TriggerBlueprint
from squid_mesh.definitions.retry import Backoff, Exponential, Fixed, Linear, RetryPolicy
from squid_mesh.exceptions import WorkflowNotFound
from squid_mesh.models import Trigger


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step with what the page says of it in words."""

    step: StepBlueprint
    retry: str
    timeout: timedelta | None
    ways: tuple[Edge, ...]


@dataclass(frozen=True, slots=True)
class ShownTrigger:
    """A trigger, the address that starts a run of it, and that of its own page; empty where there is none."""

    trigger: TriggerBlueprint
    start_url: str
    own_url: str
    asks: tuple[Property, ...]


def show_workflows(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Every workflow, those first that the code no longer has."""
    require_permission(request, "view_run")
    found = sorted(api.list_workflows(), key=lambda workflow: workflow.installed)
    return render_page(
        request,
        site,
        "workflows.html",
        title=_("Workflows"),
        workflows=[(one, _percent(one.recent.failure_rate)) for one in found],
        may_start=has_permission(request, "start_run"),
    )


def show_workflow(site: AdminSite, request: HttpRequest, name: str) -> HttpResponse:
    """One workflow."""
    require_permission(request, "view_run")
    try:
        found = api.inspect_workflow(name)
    except WorkflowNotFound as error:
        raise Http404(error.message) from None
    return render_page(
        request,
        site,
        "workflow.html",
        title=found.name,
        workflow=found,
        failure=_percent(found.recent.failure_rate),
        triggers=_triggers(found, request, site),
        steps=[_step(found, step) for step in found.steps],
        graph=mark_safe(api.draw_workflow(name)) if found.installed else "",  # noqa: S308 - escaped there
        crumbs=[(reverse("admin:squid_mesh_workflows", current_app=site.name), _("Catalogue"))],
    )


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.0%}" if rate in (0, 1) or rate >= 0.01 else "< 1%"


def _triggers(found: api.WorkflowSnapshot, request: HttpRequest, site: AdminSite) -> list[ShownTrigger]:
    rows: dict[str, int] = {}
    if has_permission(request, "view_trigger") and any(trigger.kind == "cron" for trigger in found.triggers):
        rows = dict(Trigger.objects.filter(workflow=found.name).values_list("name", "pk"))
    return [_trigger(found, trigger, rows, request, site) for trigger in found.triggers]


def _trigger(
    found: api.WorkflowSnapshot,
    trigger: TriggerBlueprint,
    rows: dict[str, int],
    request: HttpRequest,
    site: AdminSite,
) -> ShownTrigger:
    startable = found.installed and has_permission(request, "start_run")
    return ShownTrigger(
        trigger=trigger,
        start_url=_url(site, "start", found.name, trigger.name) if startable else "",
        own_url=_url(site, "trigger_change", rows[trigger.name]) if trigger.name in rows else "",
        asks=read_properties(found.payload_schemas.get(trigger.name) or {}),
    )


def _url(site: AdminSite, name: str, *arguments: Any) -> str:
    return reverse(f"admin:squid_mesh_{name}", args=arguments, current_app=site.name)


def _step(found: api.WorkflowSnapshot, step: StepBlueprint) -> ShownStep:
    return ShownStep(
        step=step,
        retry=describe_retry(step.retry),
        timeout=timedelta(seconds=step.timeout) if step.timeout else None,
        ways=tuple(edge for edge in found.edges if edge.source == step.name),
    )


def describe_retry(policy: RetryPolicy) -> str:
    """How often a step is attempted, and what it waits between."""
    if policy.max_attempts == 1:
        return gettext("once")
    times = ngettext("%(number)d attempt", "%(number)d attempts", policy.max_attempts) % {
        "number": policy.max_attempts
    }
    return f"{times}: {_describe_backoff(policy.backoff)}"


def _describe_backoff(backoff: Backoff) -> str:
    match backoff:
        case Exponential(min=first, max=most, factor=factor):
            return gettext("%(first)g s, times %(factor)g, up to %(most)g s") % {
                "first": first,
                "factor": factor,
                "most": most,
            }
        case Linear(step=more, max=most):
            return gettext("%(more)g s more each time, up to %(most)g s") % {"more": more, "most": most}
        case Fixed(seconds=seconds):
            return gettext("%(seconds)g s") % {"seconds": seconds}
        case _:
            assert_never(backoff)
