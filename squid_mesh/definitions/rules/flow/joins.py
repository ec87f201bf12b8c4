"""Rules about joins: what a step with several incoming edges waits for."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.choices import JOINS
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.graph import has_contradiction
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted


def check_join(draft: Draft) -> Iterator[Problem]:
    """``join=`` has a known value."""
    for name, declared in draft.steps.items():
        if declared.join is not None and declared.join not in JOINS:
            hint = did_you_mean(declared.join, JOINS)
            text = f"its join= is {declared.join!r}{hint}; use one of {join_quoted(JOINS)}"
            yield draft.problem(text, step=name)


def check_mixed_edges(draft: Draft) -> Iterator[Problem]:
    """``after=`` means all, ``>>`` means any: a step with both sets ``join=``."""
    links = draft.flow.links if draft.flow else ()
    reached = {draft.name_of(link.target) for link in links if link.rewind is None}
    for name, declared in draft.steps.items():
        if declared.join is None and name in draft.after and name in reached:
            text = "it has after=, which means all, and a >> to it, which means any"
            yield draft.problem(f"{text}; set join='all' or join='any'", step=name)


def check_first_join(draft: Draft) -> Iterator[Problem]:
    """``join="first"`` needs at least two incoming edges."""
    for name, declared in draft.steps.items():
        if declared.join == "first" and len(draft.graph.incoming[name]) < 2:
            text = "its join='first' needs at least two incoming edges; add one, or remove join="
            yield draft.problem(text, step=name)


def check_contradicting_edges(draft: Draft) -> Iterator[Problem]:
    """No step waits for two outcomes of the same step, which could never both occur."""
    if not draft.graph.acyclic:
        return
    for name, choices in draft.graph.required.items():
        inherited = any(has_contradiction(draft.graph.required[e.source]) for e in draft.graph.incoming[name])
        if has_contradiction(choices) and not inherited:
            edges = ", ".join(sorted(f"{source}.on({outcome!r})" for source, outcome in choices))
            text = f"it can never run, because its join waits for all of {edges}; set join='any'"
            yield draft.problem(text, step=name)
