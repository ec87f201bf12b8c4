"""The columns of a list of runs, and what they need of other tables: read once a page, not once a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from squid_mesh import conf
from squid_mesh.console.labels.statuses import render_badge
from squid_mesh.console.labels.tags import render_tags
from squid_mesh.console.labels.times import format_duration, render_time
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.console.runs.subjects import Key, Subject, find_subjects
from squid_mesh.lifecycle import OPEN_STEP, RunStatus, StepStatus
from squid_mesh.models import Run, StepRun

#: So many open steps of a run are named in a list.
_NAMED: Final = 3
_OPEN: Final = sorted(status.value for status in OPEN_STEP)


class RunColumns:
    """A mixin for the model admin of runs: what :meth:`fill` has put on a run, its columns show."""

    def fill(self, runs: Sequence[Any], request: HttpRequest, site: AdminSite) -> None:
        """Give each run of a page its open steps and its subject: one query, and one a kind of subject."""
        steps = _open_steps([run.pk for run in runs])
        about = find_subjects(request, site, (_key(run) for run in runs))
        now = timezone.now()
        for run in runs:
            key = _key(run)
            run.sqm_steps = steps.get(run.pk, [])
            run.sqm_subject = about.get(key) if key else None
            run.sqm_now = now
            run.sqm_site = site

    @admin.display(description=gettext_lazy("status"))
    def shown_status(self, run: Any) -> str:
        """The status, and how long the run took or has taken so far."""
        if run.started_at is None:
            return render_badge(run.status)
        took = format_duration((run.finished_at or run.sqm_now) - run.started_at)
        return format_html('{}<span class="sqm-secondary">{}</span>', render_badge(run.status), took)

    @admin.display(description=gettext_lazy("run"))
    def shown_run(self, run: Run) -> str:
        """The workflow and the id."""
        return format_html(
            '{}<span class="sqm-id sqm-mono" title="{}">{}</span>', run.workflow, run.pk, run.pk
        )

    @admin.display(description=gettext_lazy("subject, tags"))
    def shown_subject(self, run: Any) -> str:
        """What the run is about, linked to the host's own page of it, and its tags, linked to their runs."""
        return format_html("{}{}", _subject(run.sqm_subject), render_tags(run.tags, run.sqm_site))

    @admin.display(description=gettext_lazy("waits for"))
    def shown_wait(self, run: Any) -> str:
        """What its open steps do, or what it failed of."""
        if run.status == RunStatus.FAILED:
            error = run.error or {}
            kind = str(error.get("type") or error.get("outcome", "")).rpartition(".")[2]
            said = {"step": error.get("step", ""), "error": kind}
            return _("%(step)s failed: %(error)s") % said if said["error"] else said["step"]
        lines = [(_told(step, run.sqm_now),) for step in run.sqm_steps[:_NAMED]]
        more = len(run.sqm_steps) - _NAMED
        if more > 0:
            lines.append((_("and %(n)d more") % {"n": more},))
        return format_html_join(mark_safe("<br>"), "{}", lines)

    @admin.display(description=gettext_lazy("started"))
    def shown_start(self, run: Any) -> str:
        """When, and how long ago."""
        ago = timesince(run.created_at, run.sqm_now, depth=1)
        told = _("%(span)s ago") % {"span": ago}
        return format_html('{}<span class="sqm-secondary">{}</span>', render_time(run.created_at), told)


def _subject(subject: Subject | None) -> str:
    if subject is None:
        return ""
    return format_html('<a href="{}">{}</a>', subject.url, subject.text) if subject.url else subject.text


def _key(run: Run) -> Key | None:
    return (run.subject_type, run.subject_id) if run.subject_type else None


def _open_steps(run_ids: Sequence[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
    """The open steps of those runs, those that people hold up first."""
    rows = StepRun.objects.using(conf.database()).filter(run_id__in=run_ids, status__in=_OPEN, current=True)
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    columns = ("run_id", "name", "status", "waiting_for", "due_at")
    for row in rows.order_by("id").values(*columns):
        found.setdefault(row["run_id"], []).append(row)
    for steps in found.values():
        steps.sort(key=lambda step: step["status"] not in (StepStatus.PAUSED, StepStatus.UNKNOWN))
    return found


def _told(step: Mapping[str, Any], now: datetime) -> str:
    name = step["name"]
    if step["status"] == StepStatus.RUNNING:
        return _("%(step)s runs") % {"step": name}
    due: datetime | None = step["due_at"]
    if step["status"] == StepStatus.READY:
        if due is not None and due > now:
            return _("%(step)s is due in %(span)s") % {"step": name, "span": format_duration(due - now)}
        return _("%(step)s waits for a worker") % {"step": name}
    told = _("%(step)s waits for %(what)s") % {"step": name, "what": label_waiting_for(step["waiting_for"])}
    timed = step["status"] == StepStatus.WAITING and due is not None and due > now
    return (
        _("%(told)s, in %(span)s") % {"told": told, "span": format_duration(due - now)}
        if timed and due
        else told
    )
