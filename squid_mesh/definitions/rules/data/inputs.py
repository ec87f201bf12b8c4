"""Rules about parameters: each has somewhere to come from, where that can be known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.compiler.keys import find_payload_keys, find_supplied_keys, find_written_keys
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.definitions.values.signature import Signature


def parameters_are_supplied(draft: Draft) -> Iterator[Problem]:
    """The payload, an earlier step or a default supplies each parameter of a step."""
    for name, signature in _readable(draft, draft.signatures):
        if not draft.steps[name].is_builtin:
            for text in _unsupplied(draft, name, signature):
                yield draft.problem(f"its parameter {text}", step=name)


def guards_are_supplied(draft: Draft) -> Iterator[Problem]:
    """The same for its guard."""
    for name, signature in _readable(draft, draft.guards):
        for text in _unsupplied(draft, name, signature):
            yield draft.problem(f"its guard's parameter {text}", step=name)


def assignees_are_supplied(draft: Draft) -> Iterator[Problem]:
    """And for the function that names whom an approval asks."""
    for name, signature in _readable(draft, draft.assignees):
        for text in _unsupplied(draft, name, signature):
            yield draft.problem(f"its assignee's parameter {text}", step=name)


def _readable(draft: Draft, signatures: Mapping[str, Signature]) -> Iterator[tuple[str, Signature]]:
    if draft.graph.acyclic:
        yield from signatures.items()


def _unsupplied(draft: Draft, name: str, signature: Signature) -> Iterator[str]:
    written: Any = draft.steps[name].input
    paths: Mapping[str, Any] = written if isinstance(written, Mapping) else {}
    for parameter in signature.parameters.values():
        path = paths.get(parameter.name, parameter.name)
        if not isinstance(path, str) or (parameter.has_default and parameter.name not in paths):
            continue
        missing = missing_from(draft, name, path.split(".")[0])
        if missing:
            mapped = f", mapped to {path!r}," if parameter.name in paths else ""
            yield f"{parameter.name!r}{mapped} can't be supplied: {missing}"


def missing_from(draft: Draft, name: str, key: str) -> str | None:
    """Why the state can't hold a key when a step starts, or None when it may."""
    supplied = find_supplied_keys(draft, name)
    payloads = {trigger: find_payload_keys(model) for trigger, model in draft.payload_models.items()}
    without = [trigger for trigger, keys in payloads.items() if keys is not None and key not in keys]
    if supplied is None or key in supplied or not without:
        return None
    if len(without) < len(payloads):
        return (
            f"the payload of trigger {join_quoted(without)} has no {key!r}; add the field there, or a default"
        )
    writers = [
        other for other in draft.steps if key in (find_written_keys(draft, other) or ()) and other != name
    ]
    if writers:
        return f"step {join_quoted(writers)} writes {key!r}, but doesn't come before; add it before this step"
    known = supplied.union(*(keys or () for keys in payloads.values()))
    hint = did_you_mean(key, known)
    return f"no payload and no earlier step supplies {key!r}{hint}; there is {join_quoted(sorted(known))}"
