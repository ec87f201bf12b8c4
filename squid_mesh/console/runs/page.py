"""The page of a run: why it is where it is, what may be done, its graph, times, steps, data and history."""

from __future__ import annotations

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
from squid_mesh.actions import Action
from squid_mesh.console.actions.buttons import act_url, buttons, run_url
from squid_mesh.console.base.pages import has_permission, load_groups, render_page, require_permission
from squid_mesh.console.labels.events import label_event
from squid_mesh.console.labels.statuses import label_status
from squid_mesh.console.labels.tags import render_tags
from squid_mesh.console.labels.times import format_duration
from squid_mesh.console.runs.step_sections import RECENT, list_step_sections
from squid_mesh.console.runs.subjects import Subject, find_subjects
from squid_mesh.console.runs.timeline import timeline
from squid_mesh.exceptions import InvalidArgument, RunNotFound
from squid_mesh.lifecycle import FINISHED_RUN, RunStatus
from squid_mesh.models import Run

_RELATED: Final = 20
#: Seconds after which the page of a run loads itself anew.
_MOVING: Final = frozenset({RunStatus.PENDING, RunStatus.RUNNING, RunStatus.FAILING, RunStatus.CANCELLING})
_SOON, _LATER = 5, 20
#: What stands at the steps, and not in the banner.
_ASIDE: Final = (Action.REWIND, Action.COMMENT)


def show_run(site: AdminSite, request: HttpRequest, run_id: str) -> HttpResponse:
    """The page, for whoever may view runs."""
    require_permission(request, "view_run")
    load_groups(request)
    try:
        run = api.inspect_run(run_id, history=True, recent=RECENT)
        explanation = api.explain_run(run.id, user=request.user)
    except (RunNotFound, InvalidArgument) as error:
        raise Http404(error.message) from None
    now = timezone.now()
    return render_page(
        request,
        site,
        "run.html",
        title=str(run.id),
        crumbs=[(reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs"))],
        run=run,
        explanation=explanation,
        tone=label_status(run.status).tone,
        facts=_facts(run, now),
        refresh=_refresh(run),
        # Made here, of escaped text alone, without script and style.
        graph=mark_safe(api.draw_run(run)),  # noqa: S308
        timeline=timeline(run, now),
        steps=list_step_sections(run, explanation, site, now),
        tags=render_tags(run.tags, site),
        raw_url=run_url(run.id, site, "raw"),
        **_history(run, request),
        **_offers(run, explanation, site),
        **_about(run, request, site),
        **_reveal(run, request, site),
    )


def _refresh(run: api.RunSnapshot) -> int:
    if run.status in FINISHED_RUN:
        return 0
    return _SOON if run.status in _MOVING else _LATER


def _offers(run: api.RunSnapshot, explanation: api.Explanation, site: AdminSite) -> dict[str, Any]:
    offered = [one for one in explanation.next_actions if one.action not in _ASIDE]
    listed = list(buttons(explanation, offered, site, named=True))
    comments = [one for one in explanation.next_actions if one.action is Action.COMMENT and one.permitted]
    return {
        "buttons": [button for button in listed if not button.why_not],
        "denied": [button for button in listed if button.why_not],
        "comment_url": act_url(run.id, Action.COMMENT, "", site) if comments else "",
    }


def _facts(run: api.RunSnapshot, now: datetime) -> dict[str, Any]:
    """What stands at a glance beside the status."""
    began = run.started_at
    return {
        "duration": _took(run, now),
        "late": format_duration(began - run.created_at) if began else "",
    }


def _took(run: api.RunSnapshot, now: datetime) -> str:
    if run.started_at is None:
        return ""
    if run.finished_at is None:
        return _("begun %(span)s ago") % {"span": format_duration(now - run.started_at)}
    return _("after %(span)s") % {"span": format_duration(run.finished_at - run.started_at)}


def _history(run: api.RunSnapshot, request: HttpRequest) -> dict[str, Any]:
    """The newest events, or those before the one that the address names."""
    asked = request.GET.get("before", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        events = api.list_events(run.id, before=int(asked), limit=RECENT)
    else:
        asked, events = "", tuple(reversed(run.events))
    older = events[-1].sequence if events and events[-1].sequence > 1 else 0
    return {
        "events": [{"event": event, "word": label_event(event.type)} for event in events],
        "older": older,
        "earlier_page": bool(asked),
    }


def _about(run: api.RunSnapshot, request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """The subject, and the runs that have to do with this one. One query for these."""
    related = Q(replay_of=run.id)
    subject: Subject | None = None
    if run.subject is not None:
        subject = find_subjects(request, site, [run.subject])[run.subject]
        related |= Q(subject_type=run.subject[0], subject_id=run.subject[1])
    runs = Run.objects.using(conf.database()).defer("payload", "error", "schedule").exclude(pk=run.id)
    found = list(runs.filter(related).order_by("-created_at", "-id")[:_RELATED])
    return {
        "subject": subject,
        "replays": [other for other in found if other.replay_of_id == run.id],
        "same_subject": [other for other in found if other.replay_of_id != run.id],
    }


def _reveal(run: api.RunSnapshot, request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    return {"reveal_url": run_url(run.id, site, "reveal") if has_permission(request, "unmask_run") else ""}


def show_attempts(site: AdminSite, request: HttpRequest, run_id: UUID, step: str, visit: int) -> HttpResponse:
    """All attempts at a visit of a step, page by page, the newest first."""
    require_permission(request, "view_run")
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
    found = api.list_attempts(run_id, step, visit=visit, before=before, limit=5 * RECENT)
    if not found and before is None:
        raise Http404
    return render_page(
        request,
        site,
        "attempts.html",
        title=_("Attempts at %(step)s") % {"step": step},
        crumbs=[
            (reverse("admin:squid_mesh_run_changelist", current_app=site.name), _("Runs")),
            (run_url(run_id, site), str(run_id)),
        ],
        attempts=[
            {"attempt": one, "duration": format_duration(one.ended_at - one.started_at)} for one in found
        ],
        older=found[-1].number if found and found[-1].number > 1 else 0,
        run_id=run_id,
    )
