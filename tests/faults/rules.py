"""What is true of every campaign, stated without the engine's code: each rule yields what contradicts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from tests.faults.evidence import EventRecord, Evidence, StepKey
from tests.faults.killed_flows import PAUSING, PREDECESSORS, SILENT
from tests.faults.ledger import BEGIN, Execution

#: The events of a lost worker.
_LOST: Final = ("attempt_interrupted", "outcome_unknown", "crash_cap_reached")
#: Seconds by which the database's time and the monotonic clock may differ after a short wait.
_ROUNDING: Final = 0.05


def find_lost(evidence: Evidence) -> Iterator[str]:
    """Every run that was started has completed, and so have its steps."""
    for run in evidence.started:
        if evidence.runs.get(run) != "completed":
            yield f"run {run} is {evidence.runs.get(run, 'not stored')}"
    for step in evidence.steps:
        if step.status != "completed":
            yield f"step {step.key} is {step.status}"


def find_unrecorded(evidence: Evidence) -> Iterator[str]:
    """Each execution in the ledger has its attempt, and each attempt its execution."""
    begun = Counter(line.key for line in evidence.lines if line.what == BEGIN)
    for key, times in begun.items():
        if times > 1:
            yield f"{key} began {times} times"
    for key, execution in evidence.executions.items():
        attempt = evidence.attempts_by_key.get(key)
        if attempt is None or attempt.outcome not in ("completed", "interrupted"):
            yield f"{execution} has the attempt {attempt}"
        elif attempt.pid != execution.pid:
            yield f"{execution} has the attempt of process {attempt.pid}"
    for attempt in evidence.attempts:
        silent = attempt.key[1] in SILENT
        found = evidence.executions.get(attempt.key)
        if attempt.outcome == "completed" and not silent and (found is None or found.end is None):
            yield f"{attempt} completed, but the ledger shows {found}"
        if attempt.outcome == "interrupted" and found is None and attempt.pid not in evidence.lost:
            yield f"{attempt} was interrupted, but no one began it or was killed"


def find_unexplained(evidence: Evidence) -> Iterator[str]:
    """Workers that were killed inside steps, and only those, have interrupted attempts, at most one each."""
    interrupted = [attempt for attempt in evidence.attempts if attempt.outcome == "interrupted"]
    for pid in {attempt.pid for attempt in interrupted}:
        found = [attempt.key for attempt in interrupted if attempt.pid == pid]
        if pid not in evidence.lost:
            yield f"process {pid} was neither killed nor stopped, and has interrupted attempts: {found}"
        elif len(found) > 1:
            yield f"process {pid} has several interrupted attempts: {found}"
    for key, execution in evidence.executions.items():
        if execution.end is not None:
            continue
        attempt = evidence.attempts_by_key.get(key)
        if execution.pid not in evidence.killed:
            yield f"{execution} didn't end, and its process wasn't killed"
        if attempt is None or attempt.outcome != "interrupted":
            yield f"{execution} was killed, and has the attempt {attempt}"


def find_repeated(evidence: Evidence) -> Iterator[str]:
    """A step whose result is stored doesn't run again."""
    for key, numbers in evidence.completed.items():
        if len(numbers) > 1:
            yield f"{key} has {len(numbers)} completed attempts"
        later = [one.key for one in evidence.executions_by_step.get(key, ()) if one.key[3] > min(numbers)]
        if later:
            yield f"{later} began after attempt {min(numbers)} had completed"


def find_overlapping(evidence: Evidence) -> Iterator[str]:
    """No two executions of a step overlap, except those of a stopped process."""
    for executions in evidence.executions_by_step.values():
        for one, other in pairwise(sorted(executions, key=lambda found: found.begin)):
            if other.begin < _free_at(one, evidence):
                yield f"{other} began during {one}"


def _free_at(execution: Execution, evidence: Evidence) -> float:
    """Return from when on another execution of the step may begin."""
    end = evidence.killed.get(execution.pid, float("inf")) if execution.end is None else execution.end
    stopped = evidence.stopped.get(execution.pid, float("inf"))
    return min(stopped, end) if execution.begin <= stopped else end


def find_undecided(evidence: Evidence) -> Iterator[str]:
    """A step that pauses if its worker dies begins once, and once more for each decision to repeat it."""
    for key, executions in evidence.executions_by_step.items():
        decided = sum(event.type == "step_retried" for event in evidence.events_by_step.get(key[:2], ()))
        if key[1] in PAUSING and len(executions) > 1 + decided:
            yield f"{key} began {len(executions)} times, after {decided} decisions"


def find_miscounted(evidence: Evidence) -> Iterator[str]:
    """The counts of crashes, the events and the interrupted attempts agree."""
    interrupted = {attempt.key for attempt in evidence.attempts if attempt.outcome == "interrupted"}
    recorded = Counter(
        (event.run, event.step, 1, event.attempt) for event in evidence.events if event.type in _LOST
    )
    if recorded != Counter(interrupted):
        yield f"the events are of {recorded}, and the interrupted attempts are {interrupted}"
    for step in evidence.steps:
        crashes = _count_crashes(evidence.events_by_step.get(step.key[:2], ()))
        if step.crashes != crashes:
            yield f"{step.key} counts {step.crashes} crashes; its events show {crashes}"


def _count_crashes(events: Sequence[EventRecord]) -> int:
    """Return the crashes since the last decision to repeat the step."""
    crashes = 0
    for event in events:
        crashes = 0 if event.type == "step_retried" else crashes + (event.type in _LOST)
    return crashes


def find_wrong_results(evidence: Evidence) -> Iterator[str]:
    """A step's output is of the one attempt that completed, or a person's, who saw its end in the ledger."""
    for step in evidence.steps:
        if step.key[1] in SILENT or step.status != "completed":
            continue
        numbers = list(evidence.completed.get(step.key, ())) or _find_resolved(step.key, evidence)
        shown = [evidence.executions.get((*step.key, number)) for number in numbers]
        results = [
            {"attempt": found.key[3], "pid": found.pid} for found in shown if found and found.end is not None
        ]
        if results != [step.output]:
            yield f"{step.key} has the output {step.output}; the ledger shows {shown}"


def _find_resolved(key: StepKey, evidence: Evidence) -> list[int]:
    """Return the attempt of which a person has said that it happened."""
    events = evidence.events_by_step.get(key[:2], ())
    if not any(event.type == "step_resolved" for event in events):
        return []
    return [event.attempt for event in events if event.type == "outcome_unknown" and event.attempt][-1:]


def find_early(evidence: Evidence) -> Iterator[str]:
    """A step begins after those that it waits for have ended, and after a wait has passed."""
    for key, executions in evidence.executions_by_step.items():
        names, seconds = PREDECESSORS.get(key[1], ((), 0.0))
        for name in names:
            end = _find_valid_end((key[0], name, 1), evidence)
            if end is None:
                yield f"{key} began, and {name} has no end that counts"
            elif executions[0].begin < end + max(0.0, seconds - _ROUNDING):
                yield f"{key} began {executions[0].begin - end:.3f} s after the end of {name}"


def _find_valid_end(key: StepKey, evidence: Evidence) -> float | None:
    """Return when the execution whose result counts has ended."""
    numbers = list(evidence.completed.get(key, ())) or _find_resolved(key, evidence)
    found = evidence.executions.get((*key, numbers[0])) if numbers else None
    return None if found is None else found.end


#: All rules by the names of their functions.
RULES: Final[Mapping[str, Callable[[Evidence], Iterator[str]]]] = {
    rule.__name__.removeprefix("find_"): rule
    for rule in (
        find_lost,
        find_unrecorded,
        find_unexplained,
        find_repeated,
        find_overlapping,
        find_undecided,
        find_miscounted,
        find_wrong_results,
        find_early,
    )
}


def find_violations(evidence: Evidence) -> dict[str, list[str]]:
    """Return what contradicts the rules, by the rule's name."""
    found = {name: list(rule(evidence)) for name, rule in RULES.items()}
    return {name: texts for name, texts in found.items() if texts}
