"""Rules about the exits of an approval: each leads on, and its deadline leads to one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.request import Escalation
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.request import APPROVED, REJECTED, TIMEOUT, outcome_of
from squid_mesh.definitions.rules.durations import find_duration_error
from squid_mesh.definitions.rules.flow.routes import label_fault


def exits_are_labels(draft: Draft) -> Iterator[Problem]:
    """``exits=`` is a list of labels that people choose from."""
    for name, request in draft.approvals.items():
        exits: Any = request.exits
        if not isinstance(exits, list | tuple):
            yield draft.problem(f'its exits= is {exits!r}; write a list: ["later"]', step=name)
            continue
        for label in exits:
            fault = label_fault(label)
            if label in (OK, ERROR):
                fault = "every step has"
            elif label == TIMEOUT:
                fault = "only a deadline takes"
            if fault:
                yield draft.problem(f"its exits= holds {label!r}, which {fault}; leave it out", step=name)


def every_exit_leads_on(draft: Draft) -> Iterator[Problem]:
    """Whatever is decided, the run knows where to go."""
    for name, request in draft.approvals.items():
        routed = {edge.outcome for edge in draft.edges if edge.source == name} | _left_open(draft, name)
        for exit in dict.fromkeys([APPROVED, REJECTED, *_written(request.exits)]):
            if outcome_of(exit) not in routed:
                way = name if exit == APPROVED else f"{name}.on({exit!r})"
                text = f"its exit {exit!r} leads nowhere; write {way} >> and a step, complete or fail"
                yield draft.problem(text, step=name)
        if request.last_resort == TIMEOUT and TIMEOUT not in routed:
            text = f"its exit 'timeout' leads nowhere; write {name}.on('timeout') >> and a step, complete or"
            yield draft.problem(f"{text} fail, or name another exit in on_timeout=", step=name)


def _left_open(draft: Draft, name: str) -> set[Any]:
    """The routes that lead nowhere as written: another rule says so."""
    tails = draft.flow.tails if draft.flow else ()
    return {tail.outcome for tail in tails if draft.name_of(tail.node) == name} - {OK}


def _written(exits: Any) -> Sequence[str]:
    """What is usable of ``exits=``."""
    given = exits if isinstance(exits, list | tuple) else ()
    return [exit for exit in given if not label_fault(exit) and exit not in (OK, ERROR, TIMEOUT)]


def deadline_is_a_time(draft: Draft) -> Iterator[Problem]:
    """``deadline=`` is a length of time, and ``on_timeout=`` needs one."""
    for name, request in draft.approvals.items():
        for stage in request.stages:
            whose = "its escalation's" if isinstance(stage, Escalation) else "its"
            fault = None if stage.deadline is None else find_duration_error(stage.deadline)
            if fault:
                yield draft.problem(f"{whose} deadline= {fault}", step=name)
            if stage.deadline is None and stage.on_timeout is not None:
                text = f"{whose} on_timeout= never happens; give it a deadline=, or leave it out"
                yield draft.problem(text, step=name)


def on_timeout_is_an_exit(draft: Draft) -> Iterator[Problem]:
    """``on_timeout=`` is an exit, or an escalation that ends in one."""
    for name, request in draft.approvals.items():
        *_, last = request.stages
        exit: Any = last.on_timeout
        routed = [edge.outcome for edge in draft.edges if edge.source == name]
        known = dict.fromkeys([APPROVED, REJECTED, TIMEOUT, *_written(request.exits), *_written(routed)])
        if exit is None:
            continue
        if not isinstance(exit, str):
            yield draft.problem(f"its on_timeout= is {exit!r}; write an exit or escalate(...)", step=name)
        elif exit not in known:
            text = f"its on_timeout= is {exit!r}, which is none of its exits{did_you_mean(exit, known)}"
            yield draft.problem(f"{text}; it has {join_quoted(known)}", step=name)
        elif exit == APPROVED and request.form is not None:
            text = "its on_timeout= approves, which leaves its form empty; choose another exit"
            yield draft.problem(text, step=name)
