"""Rules about outputs: what is merged is a mapping, and nothing is written twice at a time."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import find_parallel_writers, find_unmergeable
from squid_mesh.definitions.problems import Problem, join_quoted
from squid_mesh.definitions.values.signature import UNKNOWN


def merged_output_is_a_mapping(draft: Draft) -> Iterator[Problem]:
    """Without ``output=`` a step returns a mapping, a model or None."""
    for name, signature in draft.signatures.items():
        if draft.steps[name].output is None and signature.annotation is not UNKNOWN:
            kinds = find_unmergeable(signature.annotation)
            if kinds:
                text = (
                    f"it returns {' or '.join(kinds)}, which can't be merged into the state; give it output="
                )
                yield draft.problem(text, step=name)


def parallel_steps_write_apart(draft: Draft) -> Iterator[Problem]:
    """Two steps that may run at the same time never write one key."""
    if not draft.graph.acyclic:
        return
    for one, other, keys in find_parallel_writers(draft):
        if keys:
            text = f"it may run at the same time as {other!r}, and both write {join_quoted(sorted(keys))}"
            yield draft.problem(f"{text}; give one of them another output=, or put them in order", step=one)
