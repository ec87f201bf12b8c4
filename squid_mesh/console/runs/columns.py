"""The columns of the run list. What they need from other tables is read once a page, not once a row."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from squid_mesh import conf
from squid_mesh.console.labels.errors import describe_run_error
from squid_mesh.console.labels.statuses import render_badge
from squid_mesh.console.labels.tags import render_tags
from squid_mesh.console.labels.times import format_duration, render_time
from squid_mesh.console.labels.waiting import label_waiting_for
from squid_mesh.console.runs.subjects import Key, Subject, find_subjects
from squid_mesh.lifecycle import OPEN_STEP, RunStatus, StepStatus
from squid_mesh.models import Run, StepRun
from squid_mesh.models.stored_json import find_unreadable_columns

#: A row names at most this many open steps of its run.
_MAX_STEPS: Final = 3
_OPEN: Final = sorted(status.value for status in OPEN_STEP)
_BLOCKED: Final = (StepStatus.PAUSED, StepStatus.UNKNOWN)


class RunColumns:
    """A mixin for the model admin of runs. Its columns show what :meth:`load_columns` has put on each run."""

    def load_columns(self, runs: Sequence[Any], request: HttpRequest, site: AdminSite) -> None:
        """Put the open steps and the subject on each run. One query, and one for each model of subjects."""
        steps = _find_open_steps([run.pk for run in runs])
        subjects = find_subjects(request, site, (_subject_key(run) for run in runs))
        now = timezone.now()
        for run in runs:
            key = _subject_key(run)
            run.sqm_open_steps = steps.get(run.pk, [])
            run.sqm_subject = subjects.get(key) if key else None
            run.sqm_now = now
            run.sqm_site = site

    @admin.display(description=gettext_lazy("run"))
    def workflow_and_id(self, run: Run) -> str:
        """The workflow and the run's ID."""
        return format_html(
            '{}<span class="sqm-id sqm-mono" title="{}">{}</span>', run.workflow, run.pk, run.pk
        )

    @admin.display(description=gettext_lazy("status"))
    def status_and_duration(self, run: Any) -> str:
        """The status, and how long the run took or has been executing."""
        if run.started_at is None:
            return render_badge(run.status)
        duration = format_duration((run.finished_at or run.sqm_now) - run.started_at)
        return format_html('{}<span class="sqm-secondary">{}</span>', render_badge(run.status), duration)

    @admin.display(description=gettext_lazy("waiting for / error"))
    def open_steps_or_error(self, run: Any) -> str:
        """What its open steps do; of a failed run, which step failed and why."""
        text = _("column %(name)s can’t be read")
        lines = [(text % {"name": name},) for name, _problem in find_unreadable_columns(run)]
        if run.status == RunStatus.FAILED:
            return format_html_join(mark_safe("<br>"), "{}", [(describe_run_error(run.error),), *lines])
        lines += [(_describe_step(step, run.sqm_now),) for step in run.sqm_open_steps[:_MAX_STEPS]]
        more = len(run.sqm_open_steps) - _MAX_STEPS
        if more > 0:
            lines.append((ngettext("and %(n)d more step", "and %(n)d more steps", more) % {"n": more},))
        return format_html_join(mark_safe("<br>"), "{}", lines)

    @admin.display(description=gettext_lazy("subject, tags"))
    def subject_and_tags(self, run: Any) -> str:
        """The subject, linked to its own page, and the tags, linked to their runs."""
        return format_html("{}{}", _render_subject(run.sqm_subject), render_tags(run.tags, run.sqm_site))

    @admin.display(description=gettext_lazy("started"))
    def start_and_age(self, run: Any) -> str:
        """When the run was started, and how long ago."""
        age = _("%(duration)s ago") % {"duration": format_duration(run.sqm_now - run.created_at)}
        return format_html('{}<span class="sqm-secondary">{}</span>', render_time(run.created_at), age)


def _render_subject(subject: Subject | None) -> str:
    if subject is None:
        return ""
    return format_html('<a href="{}">{}</a>', subject.url, subject.text) if subject.url else subject.text


def _subject_key(run: Run) -> Key | None:
    return (run.subject_type, run.subject_id) if run.subject_type else None


def _find_open_steps(run_ids: Sequence[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
    """Return the open steps of those runs; those that wait for a person come first."""
    rows = StepRun.objects.using(conf.database()).filter(run_id__in=run_ids, status__in=_OPEN, current=True)
    found: dict[UUID, list[Mapping[str, Any]]] = {}
    columns = ("run_id", "name", "status", "waiting_for", "due_at")
    for row in rows.order_by("id").values(*columns):
        found.setdefault(row["run_id"], []).append(row)
    for steps in found.values():
        steps.sort(key=lambda step: step["status"] not in _BLOCKED)
    return found


def _describe_step(step: Mapping[str, Any], now: datetime) -> str:
    name = step["name"]
    due: datetime | None = step["due_at"]
    left = format_duration(due - now) if due is not None and due > now else ""
    if step["status"] == StepStatus.RUNNING:
        return _("%(step)s is running") % {"step": name}
    if step["status"] == StepStatus.READY:
        if left:
            return _("%(step)s starts in %(duration)s") % {"step": name, "duration": left}
        return _("%(step)s is waiting for a worker") % {"step": name}
    text = _("%(step)s waits for %(what)s") % {"step": name, "what": label_waiting_for(step["waiting_for"])}
    if step["status"] == StepStatus.WAITING and left:
        return _("%(text)s, in %(duration)s") % {"text": text, "duration": left}
    return text
