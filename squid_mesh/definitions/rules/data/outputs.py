"""Rules about outputs: they can be merged, and parallel steps write different keys."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import find_parallel_writers, find_unmergeable
from squid_mesh.definitions.problems import Problem, join_quoted
from squid_mesh.definitions.values.signature import UNKNOWN


def check_merged_output(draft: Draft) -> Iterator[Problem]:
    """Without ``output=`` a step returns a mapping, a model or None."""
    for name, signature in draft.signatures.items():
        if draft.steps[name].output is None and signature.annotation is not UNKNOWN:
            kinds = find_unmergeable(signature.annotation)
            if kinds:
                text = f"it returns {' or '.join(kinds)}, which can't be merged into the state; set output="
                yield draft.problem(text, step=name)


def check_parallel_outputs(draft: Draft) -> Iterator[Problem]:
    """Two steps that may run in parallel don't write the same key."""
    if not draft.graph.acyclic:
        return
    for one, other, keys in find_parallel_writers(draft):
        if keys:
            text = f"it may run in parallel with {other!r}, and both write {join_quoted(sorted(keys))}"
            yield draft.problem(f"{text}; give one of them another output=, or put them in order", step=one)
