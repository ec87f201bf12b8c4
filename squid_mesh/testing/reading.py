"""Runs in a form that a test can compare: the list of their steps, and their history as text."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from squid_mesh.definitions.blueprint import ERROR, OK
from squid_mesh.inspection.snapshots.runs import EventSnapshot, RunSnapshot, StepSnapshot
from squid_mesh.lifecycle import AttemptOutcome, StepStatus
from squid_mesh.testing.errors import StepsDiffer
from squid_mesh.testing.references import Run, read_run

_UUID: Final = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)
#: How attempts end if nothing goes wrong. If a step has no other attempts, the text doesn't list them.
_ORDINARY: Final = (AttemptOutcome.COMPLETED, AttemptOutcome.BYPASSED, AttemptOutcome.WAITING)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z| ?UTC|[+-]\d\d:?\d\d)?")


def assert_steps(run: Run, expected: Sequence[str | tuple[str, str]]) -> None:
    """Assert which steps a run has reached, in the order of the graph, and their statuses.

    A name alone means ``completed``: ``assert_steps(run, ["load", ("charge", "failed")])``. A step that a
    rewind repeats is listed once for each visit. A skipped step need not be listed: ``("ship", "skipped")``.

    Raises:
        StepsDiffer: it is an AssertionError, and its message shows the difference line by line.
    """
    snapshot = read_run(run)
    wanted = [(one, StepStatus.COMPLETED.value) if isinstance(one, str) else one for one in expected]
    reached = [(step.name, str(step.status)) for step in _list_reached(snapshot)]
    actual = [one for one in reached if one[1] != StepStatus.SKIPPED or one in wanted]
    if actual == wanted:
        return
    lines = difflib.unified_diff(
        [_line(*one) for one in wanted], [_line(*one) for one in actual], lineterm="", n=len(wanted)
    )
    shown = "\n".join(f"{line[0]} {line[1:]}" for line in [*lines][3:])
    raise StepsDiffer(
        f"The steps of the run of {snapshot.workflow} differ (- expected, + actual):\n{shown}"
        f"{_describe_errors(snapshot)}",
        expected=wanted,
        actual=actual,
    )


def _line(name: str, status: str) -> str:
    return f"{name}: {status}"


def _describe_errors(snapshot: RunSnapshot) -> str:
    errors = [f"\n{step.name}: {_describe(step.error)}" for step in _list_reached(snapshot) if step.error]
    return "".join(["\nErrors:", *errors]) if errors else ""


def _list_reached(snapshot: RunSnapshot) -> list[StepSnapshot]:
    return [step for step in snapshot.steps if step.status != StepStatus.PENDING]


def history(run: Run) -> str:
    """Return what happened in a run, as text for a snapshot test.

    It has each step with its status, its outcome and, if any attempt went wrong, its attempts; then the audit
    events with actors and comments. It has no IDs and no times, so it is the same whenever the test runs;
    messages show them as ``<id>`` and ``<time>``.
    """
    snapshot = read_run(run)
    lines = [f"{snapshot.workflow} ({snapshot.trigger}): {snapshot.status}"]
    for step in _list_reached(snapshot):
        lines += _describe_step(step)
    lines.append("events:")
    lines += [f"  {_describe_event(event)}" for event in snapshot.events]
    return "\n".join(_mask(line) for line in lines) + "\n"


def _describe_step(step: StepSnapshot) -> Iterator[str]:
    visit = f" (visit {step.visit})" if step.visit > 1 else ""
    took = f" -> {step.outcome}" if step.outcome not in ("", OK, ERROR) else ""
    waits = f", waits for {step.waiting_for}" if step.waiting_for else ""
    yield f"  {step.name}{visit}: {step.status}{took}{waits}"
    if any(attempt.outcome not in _ORDINARY for attempt in step.attempts):
        for attempt in step.attempts:
            error = f": {_describe(attempt.error)}" if attempt.error else ""
            yield f"    attempt {attempt.number}: {attempt.outcome}{error}"
    for decision in step.decisions:
        comment = f": {decision.comment}" if decision.comment else ""
        yield f"    {decision.exit} by {decision.actor or 'code'}{comment}"


def _describe(error: dict[str, Any] | None) -> str:
    found = error or {}
    kind = str(found.get("type", "")).rpartition(".")[2]
    first = str(found.get("message", "")).partition("\n")[0]
    return f"{kind}: {first}" if kind and first else kind or first


def _describe_event(event: EventSnapshot) -> str:
    step = f" {event.step}" if event.step else ""
    actor = f" by {event.actor}" if event.actor else ""
    comment = f": {event.comment}" if event.comment else ""
    return f"{event.type}{step}{actor}{comment}"


def _mask(line: str) -> str:
    return _TIME.sub("<time>", _UUID.sub("<id>", line))
