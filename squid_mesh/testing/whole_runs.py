"""One call that executes a run to its end, or decides an approval and continues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model
from pydantic import BaseModel

from squid_mesh import api
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.engine.actor import Actor
from squid_mesh.inspection.snapshots.runs import RunSnapshot, RunSummary
from squid_mesh.lifecycle import FINISHED_RUN, WaitingFor
from squid_mesh.models import StepRun
from squid_mesh.testing.clock import CLOCK
from squid_mesh.testing.driving import Work, drain
from squid_mesh.testing.errors import RunNotEnded
from squid_mesh.testing.references import Run, read_run

#: Waits that a test must end. No deadline may decide for people here, and time doesn't install missing code.
_OTHERS: Final = (WaitingFor.APPROVAL, WaitingFor.PAUSE, WaitingFor.CODE, WaitingFor.UNREADABLE_ROW)


def run_workflow(
    workflow: type[Workflow] | str,
    payload: Mapping[str, Any] | BaseModel | None = None,
    *,
    trigger: str | None = None,
    subject: Model | None = None,
    tags: Iterable[str] = (),
    actor: Actor = None,
) -> RunSnapshot:
    """Start a run, execute it to its end, and return it: ``run_workflow(Flow, {"order_id": 7}).status``.

    The time moves over its waits, retries and leases. Other work that is due by then is executed, too, but no
    cron trigger fires. The run may end as failed.

    Raises:
        RunNotEnded: the run waits for people, or for code that isn't installed.
        VirtualTimeClosed: the run has to wait, outside of :func:`squid_mesh.testing.virtual_time`.
        StillBusy: the run hasn't ended after a minute of real time.
    """
    run = api.start_run(workflow, payload, trigger=trigger, subject=subject, tags=tags, actor=actor)
    work = Work(())
    while True:
        since = work.execute_due()
        snapshot = read_run(run)
        if snapshot.status in FINISHED_RUN:
            return snapshot
        moment = None if _needs_others(run.id, work.using) else work.find_next(since, run.id)
        if moment is None:
            explanation = api.explain_run(run.id)
            raise RunNotEnded(run.id, run.workflow, str(snapshot.status), explanation.summary)
        CLOCK.move_to(moment)


def _needs_others(run_id: UUID, using: str) -> bool:
    """Return whether every open step waits for people, code or a stored value."""
    waits = StepRun.objects.using(using).filter(run_id=run_id, finished_at=None).values_list("waiting_for")
    return all(waiting_for in _OTHERS for (waiting_for,) in waits)


def decide(
    run: Run,
    exit: str = "approved",
    *,
    by: AbstractBaseUser,
    step: str | None = None,
    data: Mapping[str, Any] | BaseModel | None = None,
    comment: str = "",
) -> RunSnapshot:
    """Vote at an approval as that user, execute the steps that are due then, and return the run.

    The user's permissions are checked, and the errors are those of :func:`squid_mesh.api.decide_approval`.
    """
    run_id = run.id if isinstance(run, RunSummary) else run
    api.decide_approval(run_id, exit, step=step, actor=by, data=data, comment=comment)
    drain()
    return read_run(run)
