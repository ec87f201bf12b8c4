"""``inspect``: show one run."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from squid_mesh import api
from squid_mesh.management.cli import arguments
from squid_mesh.management.cli.output import cell, error_text, json_of, shorten, table
from squid_mesh.management.cli.verb import Verb, Write

#: How many characters of a value are shown without ``--json``.
_LONGEST_VALUE: Final = 20_000
_STEPS = (
    "step",
    "visit",
    "status",
    "outcome",
    "waits for",
    "due (UTC)",
    "attempts",
    "finished (UTC)",
    "error",
)
_ATTEMPTS = ("step", "visit", "attempt", "outcome", "started (UTC)", "ended (UTC)", "worker", "error")
_DECISIONS = ("step", "visit", "decision", "by", "at (UTC)", "comment")
_EVENTS = ("", "event", "step", "by", "at (UTC)", "comment")


def _add_arguments(parser: ArgumentParser) -> None:
    arguments.add_run(parser)
    parser.add_argument("--history", action="store_true", help="also show attempts, decisions and events")
    arguments.add_json(parser)


def _handle(options: Mapping[str, Any], write: Write) -> int:
    preview = None if options["json"] else _LONGEST_VALUE
    run = api.inspect_run(options["run_id"], history=options["history"], preview=preview)
    if options["json"]:
        write(json_of(run))
        return 0
    for line in _lines(run, history=options["history"]):
        write(line)
    return 0


def _lines(run: api.RunSnapshot, *, history: bool) -> Iterator[str]:
    yield from _facts(run)
    if run.unreadable:
        yield from ("", "Stored values that can't be read:", *(f"  {value}" for value in run.unreadable))
    for name, value in (("Payload", run.payload), ("State", run.state)):
        yield from ("", f"{name}:", json_of(value))
        if run.is_cut:
            yield "Only the beginning of large values is shown; --json has them whole."
    yield from _section("Steps", _STEPS, [_step(step) for step in run.steps])
    if history:
        attempts = sorted(
            ((step, attempt) for step in run.steps for attempt in step.attempts),
            key=lambda pair: pair[1].started_at,
        )
        yield from _section("Attempts", _ATTEMPTS, [_attempt(*pair) for pair in attempts])
        decisions = [_decision(step, decision) for step in run.steps for decision in step.decisions]
        yield from _section("Decisions", _DECISIONS, decisions)
        yield from _section("Events", _EVENTS, [_event(event) for event in run.events])


def _facts(run: api.RunSnapshot) -> Iterator[str]:
    facts = {
        "run": run.id,
        "workflow": run.workflow,
        "trigger": run.trigger,
        "status": run.status,
        "error": error_text(run.error),
        "created (UTC)": run.created_at,
        "started (UTC)": run.started_at,
        "finished (UTC)": run.finished_at,
        "subject": ":".join(run.subject) if run.subject else None,
        "tags": ", ".join(run.tags),
        "key": run.idempotency_key,
        "replay of": run.replay_of,
        "scheduled time": (run.schedule or {}).get("scheduled_time"),
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        if value is not None and value != "":
            yield f"{name.ljust(width)}  {cell(value)}"


def _section(name: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    if rows:
        yield from ("", f"{name}:", *table(head, rows))


def _step(step: api.StepSnapshot) -> tuple[object, ...]:
    status = step.status if step.current else f"{step.status} (an earlier visit)"
    return (
        step.name,
        step.visit,
        status,
        step.outcome,
        step.waiting_for,
        step.due_at,
        step.attempt,
        step.finished_at,
        error_text(step.error),
    )


def _attempt(step: api.StepSnapshot, attempt: api.AttemptSnapshot) -> tuple[object, ...]:
    return (
        step.name,
        step.visit,
        attempt.number,
        attempt.outcome,
        attempt.started_at,
        attempt.ended_at,
        attempt.worker,
        error_text(attempt.error),
    )


def _decision(step: api.StepSnapshot, decision: api.DecisionSnapshot) -> tuple[object, ...]:
    return (
        step.name,
        step.visit,
        decision.exit,
        decision.actor,
        decision.created_at,
        shorten(decision.comment),
    )


def _event(event: api.EventSnapshot) -> tuple[object, ...]:
    return (event.sequence, event.type, event.step, event.actor, event.created_at, shorten(event.comment))


INSPECT = Verb(
    "inspect", "Show a run; --history adds its attempts, decisions and events.", _add_arguments, _handle
)
