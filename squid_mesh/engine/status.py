"""The status of a locked run, brought in step with its steps."""

from __future__ import annotations

from squid_mesh.engine.announcements import announce_run
from squid_mesh.graph.ended import has_ended
from squid_mesh.graph.status import derive_run_status
from squid_mesh.lifecycle import FINISHED_RUN, RUN_EVENTS, RunStatus, move_run
from squid_mesh.models import Run
from squid_mesh.store.events import append_events
from squid_mesh.store.runs import set_run_status
from squid_mesh.store.steps import read_current_steps
from squid_mesh.store.values import Event


def update_run_status(run: Run, using: str) -> None:
    """Give a locked run the status that its steps imply, and record its end."""
    before = RunStatus(run.status)
    steps = [(s.status, s.waiting_for) for s in read_current_steps(run.pk, using) if not has_ended(s.status)]
    after = derive_run_status(before, steps)
    if after is before:
        return
    set_run_status(run.pk, move_run(before, after), using)
    if after in FINISHED_RUN:
        append_events(run.pk, [Event(type=RUN_EVENTS[after])], using)
    announce_run(run.pk, run.workflow, before, after, using)
