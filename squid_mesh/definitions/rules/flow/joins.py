"""Rules about joins: what a step with several ways in waits for."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.graph import contradicts
from squid_mesh.definitions.problems import Problem, did_you_mean

_JOINS = ("all", "any", "first")


def join_is_known(draft: Draft) -> Iterator[Problem]:
    """``join=`` is one of three words."""
    for name, declared in draft.steps.items():
        if declared.join is not None and declared.join not in _JOINS:
            hint = did_you_mean(declared.join, _JOINS)
            text = f"its join= is {declared.join!r}{hint}; write 'all', 'any' or 'first'"
            yield draft.problem(text, step=name)


def join_is_said_where_styles_mix(draft: Draft) -> Iterator[Problem]:
    """``after=`` means all, ``>>`` means any: a step with both has to choose."""
    links = draft.flow.links if draft.flow else ()
    reached = {draft.name_of(link.target) for link in links if link.rewind is None}
    for name, declared in draft.steps.items():
        if declared.join is None and name in draft.after and name in reached:
            text = "it has both after=, which means all, and a >> to it, which means any"
            yield draft.problem(f"{text}; say join='all' or join='any'", step=name)


def first_needs_a_choice(draft: Draft) -> Iterator[Problem]:
    """``join="first"`` makes sense between ways."""
    for name, declared in draft.steps.items():
        if declared.join == "first" and len(draft.graph.incoming[name]) < 2:
            text = "its join='first' needs two ways in or more; add one, or leave join= out"
            yield draft.problem(text, step=name)


def no_join_waits_for_what_excludes_itself(draft: Draft) -> Iterator[Problem]:
    """A step that waits for two outcomes of one step never runs."""
    if not draft.graph.acyclic:
        return
    for name, choices in draft.graph.must.items():
        inherited = any(contradicts(draft.graph.must[e.source]) for e in draft.graph.incoming[name])
        if contradicts(choices) and not inherited:
            ways = sorted(f"{source}.on({outcome!r})" for source, outcome in choices)
            text = f"it can never run, since its join waits for all of {', '.join(ways)}; say join='any'"
            yield draft.problem(text, step=name)
