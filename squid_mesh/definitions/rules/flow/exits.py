"""Rules about the exits and the deadline of an approval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.request import Escalation
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.request import APPROVED, REJECTED, TIMEOUT, outcome_of
from squid_mesh.definitions.rules.durations import find_duration_error
from squid_mesh.definitions.rules.flow.routes import find_label_error


def check_exits(draft: Draft) -> Iterator[Problem]:
    """``exits=`` is a list of labels that people may choose."""
    for name, request in draft.approvals.items():
        exits: Any = request.exits
        if not isinstance(exits, list | tuple):
            yield draft.problem(f'its exits= is {exits!r}; write a list such as ["later"]', step=name)
            continue
        for label in exits:
            error = find_label_error(label)
            if label in (OK, ERROR):
                error = "every step has"
            elif label == TIMEOUT:
                error = "only a deadline chooses"
            if error:
                yield draft.problem(f"its exits= contains {label!r}, which {error}; remove it", step=name)


def check_exit_targets(draft: Draft) -> Iterator[Problem]:
    """Every exit has a route with a target."""
    for name, request in draft.approvals.items():
        routed = {edge.outcome for edge in draft.edges if edge.source == name} | _find_open_routes(
            draft, name
        )
        for exit in dict.fromkeys([APPROVED, REJECTED, *_valid_exits(request.exits)]):
            if outcome_of(exit) not in routed:
                route = name if exit == APPROVED else f"{name}.on({exit!r})"
                text = f"its exit {exit!r} has no route; write {route} >> and a step, complete or fail"
                yield draft.problem(text, step=name)
        if request.final_exit == TIMEOUT and TIMEOUT not in routed:
            text = f"its exit 'timeout' has no route; write {name}.on('timeout') >> and a step, complete or"
            yield draft.problem(f"{text} fail, or choose another exit with on_timeout=", step=name)


def _find_open_routes(draft: Draft, name: str) -> set[Any]:
    """Return the outcomes whose route has no target; another rule reports those."""
    tails = draft.flow.tails if draft.flow else ()
    return {tail.outcome for tail in tails if draft.name_of(tail.node) == name} - {OK}


def _valid_exits(exits: Any) -> Sequence[str]:
    """Return the valid members of ``exits=``."""
    given = exits if isinstance(exits, list | tuple) else ()
    return [exit for exit in given if not find_label_error(exit) and exit not in (OK, ERROR, TIMEOUT)]


def check_deadline(draft: Draft) -> Iterator[Problem]:
    """``deadline=`` is a duration, and ``on_timeout=`` requires it."""
    for name, request in draft.approvals.items():
        for stage in request.stages:
            owner = "its escalation's" if isinstance(stage, Escalation) else "its"
            error = None if stage.deadline is None else find_duration_error(stage.deadline)
            if error:
                yield draft.problem(f"{owner} deadline= {error}", step=name)
            if stage.deadline is None and stage.on_timeout is not None:
                text = f"{owner} on_timeout= has no effect without a deadline; set deadline=, or remove it"
                yield draft.problem(text, step=name)


def check_on_timeout(draft: Draft) -> Iterator[Problem]:
    """``on_timeout=`` is an exit, or an escalation that ends with one."""
    for name, request in draft.approvals.items():
        *_, last = request.stages
        exit: Any = last.on_timeout
        routed = [edge.outcome for edge in draft.edges if edge.source == name]
        known = dict.fromkeys(
            [APPROVED, REJECTED, TIMEOUT, *_valid_exits(request.exits), *_valid_exits(routed)]
        )
        if exit is None:
            continue
        if not isinstance(exit, str):
            yield draft.problem(f"its on_timeout= is {exit!r}; use an exit or escalate(...)", step=name)
        elif exit not in known:
            text = f"its on_timeout= is {exit!r}, which is not one of its exits{did_you_mean(exit, known)}"
            yield draft.problem(f"{text}; use one of {join_quoted(known)}", step=name)
        elif exit == APPROVED and request.form is not None:
            text = "its on_timeout= approves without filling in its form; choose another exit"
            yield draft.problem(text, step=name)
