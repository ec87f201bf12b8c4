"""Rules about outcomes and the routes that start from them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import Exit
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.request import REJECTED, TIMEOUT

#: Outcomes that only steps which wait for a person have.
PEOPLE = frozenset({REJECTED, TIMEOUT})
_LONGEST_LABEL = 100


def routes_lead_on(draft: Draft) -> Iterator[Problem]:
    """``a.on("late")`` needs a ``>>`` after it."""
    for exit in draft.flow.tails if draft.flow else ():
        name = draft.name_of(exit.node)
        if exit.outcome != OK and name is not None:
            text = f"its route {exit.outcome!r} leads nowhere; write >> and a step, complete or fail after it"
            yield draft.problem(text, step=name)


def outcomes_are_labels(draft: Draft) -> Iterator[Problem]:
    """``outcomes=`` is a list of labels of the step's own."""
    for name, declared in draft.steps.items():
        if _declared(declared) is None:
            text = f'its outcomes= is {declared.outcomes!r}; write a list: ["label"]'
            yield draft.problem(text, step=name)
        for label in _declared(declared) or ():
            fault = label_fault(label) or _reserved(label)
            if label in (OK, ERROR):
                fault = "every step has"
            if fault:
                yield draft.problem(f"its outcomes= holds {label!r}, which {fault}; leave it out", step=name)


def _declared(declared: StepDeclaration) -> list[Any] | None:
    """What ``outcomes=`` lists, or None if it is no list."""
    outcomes: Any = declared.outcomes
    return list(outcomes) if isinstance(outcomes, list | tuple | set | frozenset) else None


def label_fault(label: Any) -> str | None:
    """Why something can't name an outcome, as half a sentence, or None when it can."""
    if not isinstance(label, str) or not label.strip():
        return "is no label"
    if len(label) > _LONGEST_LABEL:
        return f"is longer than {_LONGEST_LABEL} characters"
    return None


def _reserved(label: str) -> str | None:
    return "is reserved for steps that wait for a person" if label in PEOPLE else None


def routed_outcomes_exist(draft: Draft) -> Iterator[Problem]:
    """A route starts from an outcome that its step can have."""
    for name, exits in _exits(draft).items():
        for label in {repr(exit.outcome): exit.outcome for exit in exits}.values():
            fault = label_fault(label) or _impossible(draft, name, label)
            if fault:
                yield draft.problem(f"it has a route for outcome {label!r}, which {fault}", step=name)


def _exits(draft: Draft) -> dict[str, list[Exit]]:
    """Every route as written, by the name of its step."""
    exits = [link.exit for link in draft.links]
    exits += draft.flow.tails if draft.flow else ()
    found: dict[str, list[Exit]] = {}
    for exit in exits:
        name = draft.name_of(exit.node)
        if name is not None:
            found.setdefault(name, []).append(exit)
    return found


def _impossible(draft: Draft, name: str, label: str) -> str | None:
    declared = draft.steps[name]
    if label == OK:
        return None
    if name in draft.approvals:
        late = label == TIMEOUT and draft.approvals[name].last_resort != TIMEOUT
        return "no deadline of its leads to; give it deadline=, or remove the route" if late else None
    if declared.is_builtin:
        return "a wait, log or pause can't have; it always ends ok, so remove the route"
    if label in PEOPLE:
        return _reserved(label)
    outcomes = _declared(declared)
    if label == ERROR or not outcomes or label in outcomes:
        return None
    known = [OK, ERROR, *outcomes]
    return f"its outcomes= doesn't declare{did_you_mean(label, known)}; it has {join_quoted(known)}"


def recovery_is_known(draft: Draft) -> Iterator[Problem]:
    """``on_error(recovery=)`` is one of two words."""
    for name, exits in _exits(draft).items():
        for word in {repr(exit.recovery): exit.recovery for exit in exits}.values():
            if word not in (None, "compensation", "undo"):
                hint = did_you_mean(word, ("compensation", "undo"))
                text = f"its recovery= is {word!r}{hint}; write 'compensation' or 'undo', or leave it out"
                yield draft.problem(text, step=name)
