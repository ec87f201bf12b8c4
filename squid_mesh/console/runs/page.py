"""The page of a run: its status and reason, actions, graph, timeline, steps, data and history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from squid_mesh import api, conf
from squid_mesh.actions import SPECS, Action
from squid_mesh.console.actions.buttons import act_url, buttons, run_url
from squid_mesh.console.base.pages import has_permission, load_groups, render_page, require_permission
from squid_mesh.console.labels.events import label_event
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.labels.tags import render_tags
from squid_mesh.console.labels.texts import MAX_JSON
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.runs.step_pages import LARGEST_GRAPH, StepPage, choose_steps
from squid_mesh.console.runs.step_sections import RECENT, list_step_sections, make_attempt_row
from squid_mesh.console.runs.subjects import Subject, find_subjects
from squid_mesh.console.runs.timeline import draw_timeline
from squid_mesh.exceptions import InvalidArgument, RunNotFound
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.models import Run

_MAX_RELATED: Final = 20
#: How many actions, and how many open steps, are listed at the top. All are at the steps.
_MAX_BUTTONS, _MAX_OPEN = 24, 20
#: Runs whose status changes within seconds: their page reloads more often. Both intervals are in seconds.
_ACTIVE: Final = frozenset({RunStatus.PENDING, RunStatus.RUNNING, RunStatus.FAILING, RunStatus.CANCELLING})
_SHORT_INTERVAL, _LONG_INTERVAL = 5, 20


def show_run(site: AdminSite, request: HttpRequest, run_id: str) -> HttpResponse:
    """Show the page to users with the permission to view runs."""
    require_permission(request, "view_run")
    load_groups(request)
    before = _read_before(request)
    try:
        explanation = api.explain_run(run_id, user=request.user)
        # Before the steps, so that no event is shown whose step seems not to have ended.
        events = api.list_events(run_id, before=before, limit=RECENT)
        run = api.inspect_run(run_id, recent=RECENT, preview=MAX_JSON)
    except (RunNotFound, InvalidArgument) as error:
        raise Http404(error.message) from None
    now = timezone.now()
    page = choose_steps(run, request.GET.get("step", "") or explanation.step)
    run = api.add_history(run, page.names, recent=RECENT)
    return render_page(
        request,
        site,
        "run.html",
        title=str(run.id),
        crumbs=[(reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs"))],
        run=run,
        unreadable=[*run.unreadable, *(value for event in events for value in event.unreadable)],
        explanation=explanation,
        tone=label_status(run.status).tone,
        age=_describe_age(run, now),
        start_delay=format_duration(run.started_at - run.created_at) if run.started_at else "",
        refresh=_choose_interval(run),
        graph=_draw_graph(run, page),
        graph_url="" if run.definition_problem else run_url(run.id, site, "graph"),
        timeline=draw_timeline(_limit_to(run, page), now),
        page=page,
        steps=list_step_sections(run, page.names, explanation, site, now),
        tags=render_tags(run.tags, site),
        raw_url=run_url(run.id, site, "raw"),
        reveal_url=run_url(run.id, site, "reveal") if has_permission(request, "unmask_run") else "",
        **_history(events, is_older=before is not None),
        **_actions(run, explanation, site),
        **_subject_and_related(run, request, site),
    )


def show_graph(site: AdminSite, request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show the graph alone; each step links to the run's page with that step."""
    require_permission(request, "view_run")
    try:
        run = api.inspect_run(run_id, recent=0, preview=MAX_JSON)
    except RunNotFound as error:
        raise Http404(error.message) from None
    if run.definition_problem:
        raise Http404(run.definition_problem)
    return render_page(
        request,
        site,
        "graph.html",
        title=_("Graph of run %(run)s") % {"run": run.id},
        crumbs=[
            (reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs")),
            (run_url(run_id, site), str(run_id)),
        ],
        graph=mark_safe(api.draw_run(run, steps_page=f"{run_url(run_id, site)}?")),  # noqa: S308 - escapes every text
    )


def show_attempts(site: AdminSite, request: HttpRequest, run_id: UUID, step: str, visit: int) -> HttpResponse:
    """Show all attempts of a visit of a step, page by page, the newest first."""
    require_permission(request, "view_run")
    before = _read_before(request)
    try:
        attempts = api.list_attempts(run_id, step, visit=visit, before=before, limit=5 * RECENT)
    except InvalidArgument as error:
        raise Http404(str(error)) from None
    if not attempts and before is None:
        raise Http404
    return render_page(
        request,
        site,
        "attempts.html",
        title=_("Attempts of %(step)s") % {"step": step},
        crumbs=[
            (reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs")),
            (run_url(run_id, site), str(run_id)),
        ],
        attempts=[make_attempt_row(one) for one in attempts],
        older=str(attempts[-1].number) if attempts and attempts[-1].number > 1 else "",
    )


def _choose_interval(run: api.RunSnapshot) -> int:
    """Return after how many seconds the page reloads; 0 if it doesn't."""
    if run.status in FINISHED_RUN:
        return 0
    return _SHORT_INTERVAL if run.status in _ACTIVE else _LONG_INTERVAL


def _describe_age(run: api.RunSnapshot, now: datetime) -> str:
    if run.started_at is None:
        return ""
    if run.finished_at is None:
        return _("Started %(duration)s ago") % {"duration": format_duration(now - run.started_at)}
    return _("Took %(duration)s") % {"duration": format_duration(run.finished_at - run.started_at)}


def _actions(run: api.RunSnapshot, explanation: api.Explanation, site: AdminSite) -> dict[str, Any]:
    offered = [one for one in explanation.next_actions if SPECS[one.action].prominent]
    listed = list(buttons(explanation, offered[:_MAX_BUTTONS], site, named=True))
    others = [one for one in explanation.open if one.summary != explanation.summary]
    comments = [one for one in explanation.next_actions if one.action is Action.COMMENT and one.permitted]
    return {
        "buttons": [button for button in listed if not button.why_not],
        "denied": [button for button in listed if button.why_not],
        "more_buttons": max(0, len(offered) - _MAX_BUTTONS),
        "open_steps": others[:_MAX_OPEN] if len(explanation.open) > 1 else [],
        "more_open_steps": max(0, len(others) - _MAX_OPEN),
        "comment_url": act_url(run.id, Action.COMMENT, "", site) if comments else "",
    }


def _history(events: Sequence[api.EventSnapshot], *, is_older: bool) -> dict[str, Any]:
    return {
        "events": [{"event": event, "label": label_event(event.type)} for event in events],
        "older": str(events[-1].sequence) if events and events[-1].sequence > 1 else "",
        "is_older_page": is_older,
    }


def _limit_to(run: api.RunSnapshot, page: StepPage) -> api.RunSnapshot:
    """Return the run with the page's steps alone."""
    names = frozenset(page.names)
    steps = tuple(step for step in run.steps if step.name in names)
    return run.model_copy(update={"steps": steps})


def _draw_graph(run: api.RunSnapshot, page: StepPage) -> str:
    """Return the graph; empty if it can't be drawn, or is so large that it has a page of its own."""
    if run.definition_problem or page.total > LARGEST_GRAPH:
        return ""
    return mark_safe(api.draw_run(run, steps_page="" if page.is_whole else "?"))  # noqa: S308 - draw_run escapes every text


def _read_before(request: HttpRequest) -> int | None:
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _subject_and_related(run: api.RunSnapshot, request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """Return the subject, the replays of the run, and the runs about the same subject."""
    related = Q(replay_of=run.id)
    subject: Subject | None = None
    if run.subject is not None:
        subject = find_subjects(request, site, [run.subject])[run.subject]
        related |= Q(subject_type=run.subject[0], subject_id=run.subject[1])
    runs = Run.objects.using(conf.database()).defer("payload", "error", "schedule").exclude(pk=run.id)
    found = list(runs.filter(related).order_by("-created_at", "-id")[:_MAX_RELATED])
    return {
        "subject": subject,
        "replays": [other for other in found if other.replay_of_id == run.id],
        "same_subject": [other for other in found if other.replay_of_id != run.id],
    }
