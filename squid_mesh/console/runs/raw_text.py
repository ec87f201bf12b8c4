"""A run as JSON of a bounded length: the last of a long history, and how to get all of it."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from squid_mesh import api
from squid_mesh.lifecycle import StepStatus

#: So many of the newest events are read, and of the newest attempts of each visit of a step.
READ: Final = 100
#: So many of the newest attempts are shown, over all steps and visits; each may have a traceback.
SHOWN: Final = 200


def shown(run: api.RunSnapshot, explanation: api.Explanation) -> dict[str, Any]:
    """What the page says, JSON-ready. ``run`` was read with ``recent=READ``."""
    kept = _newest(run)
    steps = [
        step.model_copy(update={"attempts": tuple(one for one in step.attempts if id(one) in kept)})
        for step in run.steps
    ]
    found = {
        "run": run.model_copy(update={"steps": tuple(steps)}).model_dump(mode="json"),
        "explanation": explanation.model_dump(mode="json"),
    }
    attempts = sum(_made(step) - len(step.attempts) for step in steps)
    events = run.events[0].sequence - 1 if run.events else 0
    if attempts or events:
        found = {"left_out": _left_out(run, attempts, events), **found}
    return found


def _newest(run: api.RunSnapshot) -> set[int]:
    every = [attempt for step in run.steps for attempt in step.attempts]
    return {id(one) for one in sorted(every, key=lambda one: one.started_at)[-SHOWN:]}


def _made(step: api.StepSnapshot) -> int:
    """How many attempts the visit has had, as far as its number tells: the one that runs isn't over."""
    return max(step.attempt - (step.status is StepStatus.RUNNING), len(step.attempts))


def _left_out(run: api.RunSnapshot, attempts: int, events: int) -> dict[str, Any]:
    said = _(
        "The history is long: older attempts (%(attempts)d) and events (%(events)d) are left out here. "
        "For all of it: manage.py squid_mesh inspect %(run)s --history --json, or "
        "api.inspect_run(…, history=True)."
    )
    told = {"attempts": attempts, "events": events}
    return {**told, "note": said % {**told, "run": run.id}}
