"""Rules about outcomes and their routes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from squid_mesh.definitions.blueprint import ERROR, OK
from squid_mesh.definitions.choices import RECOVERIES
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import Exit
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.request import REJECTED, TIMEOUT

#: Outcomes that only steps which wait for a person have.
RESERVED_OUTCOMES = frozenset({REJECTED, TIMEOUT})
_MAX_LABEL_LENGTH = 100


def check_route_targets(draft: Draft) -> Iterator[Problem]:
    """``a.on("late")`` is followed by ``>>`` and a target."""
    for exit in draft.flow.tails if draft.flow else ():
        name = draft.name_of(exit.node)
        if exit.outcome != OK and name is not None:
            text = f"its route {exit.outcome!r} has no target; add >> and a step, complete or fail"
            yield draft.problem(text, step=name)


def check_declared_outcomes(draft: Draft) -> Iterator[Problem]:
    """``outcomes=`` is a list of labels that the step may use."""
    for name, declared in draft.steps.items():
        if _list_outcomes(declared) is None:
            text = f'its outcomes= is {declared.outcomes!r}; write a list such as ["label"]'
            yield draft.problem(text, step=name)
        for label in _list_outcomes(declared) or ():
            error = find_label_error(label) or _find_reserved_error(label)
            if label in (OK, ERROR):
                error = "every step has"
            if error:
                yield draft.problem(f"its outcomes= contains {label!r}, which {error}; remove it", step=name)


def _list_outcomes(declared: StepDeclaration) -> list[Any] | None:
    """Return the members of ``outcomes=``, or None if it is not a list."""
    outcomes: Any = declared.outcomes
    return list(outcomes) if isinstance(outcomes, list | tuple | set | frozenset) else None


def find_label_error(label: Any) -> str | None:
    """Return why something can't be an outcome's label, as half a sentence, or None if it can."""
    if not isinstance(label, str) or not label.strip():
        return "is not a label"
    if len(label) > _MAX_LABEL_LENGTH:
        return f"has more than {_MAX_LABEL_LENGTH} characters"
    return None


def _find_reserved_error(label: str) -> str | None:
    return "is reserved for steps that wait for a person" if label in RESERVED_OUTCOMES else None


def check_routed_outcomes(draft: Draft) -> Iterator[Problem]:
    """A route starts from an outcome that its step can have."""
    for name, exits in _find_exits(draft).items():
        for label in {repr(exit.outcome): exit.outcome for exit in exits}.values():
            wrong = find_label_error(label)
            error = f"{wrong}; choose another label" if wrong else _find_impossible(draft, name, label)
            if error:
                yield draft.problem(f"it has a route for the outcome {label!r}, which {error}", step=name)


def _find_exits(draft: Draft) -> dict[str, list[Exit]]:
    """Return every route as written, by the name of its step."""
    exits = [link.exit for link in draft.links]
    exits += draft.flow.tails if draft.flow else ()
    found: dict[str, list[Exit]] = {}
    for exit in exits:
        name = draft.name_of(exit.node)
        if name is not None:
            found.setdefault(name, []).append(exit)
    return found


def _find_impossible(draft: Draft, name: str, label: str) -> str | None:
    declared = draft.steps[name]
    if label == OK:
        return None
    if name in draft.approvals:
        never = label == TIMEOUT and draft.approvals[name].final_exit != TIMEOUT
        return "no deadline leads to; set deadline=, or remove the route" if never else None
    outcomes = _list_outcomes(declared)
    if declared.is_builtin and not outcomes:
        return "a wait, log or pause never has; it always ends with ok, so remove the route"
    if reserved := _find_reserved_error(label):
        return f"{reserved}; choose another label"
    if label == ERROR or not outcomes or label in outcomes:
        return None
    known = [OK, ERROR, *outcomes]
    return f"is missing in its outcomes={did_you_mean(label, known)}; it has {join_quoted(known)}"


def check_recovery(draft: Draft) -> Iterator[Problem]:
    """``on_error(recovery=)`` has a known value."""
    for name, exits in _find_exits(draft).items():
        for word in {repr(exit.recovery): exit.recovery for exit in exits}.values():
            if word is not None and word not in RECOVERIES:
                hint = did_you_mean(word, RECOVERIES)
                text = f"its recovery= is {word!r}{hint}; use one of {join_quoted(RECOVERIES)}, or remove it"
                yield draft.problem(text, step=name)
