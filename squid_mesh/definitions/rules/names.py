"""Rules about names: they stand in rows, paths and URLs."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.blueprint import PSEUDO_TARGETS
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, join_quoted

LONGEST_NAME = 100
LONGEST_WORKFLOW_NAME = 200
_TAKEN = frozenset(vars(CompiledWorkflow)) | {"name", "flow", "Payload"}


def workflow_has_a_usable_name(draft: Draft) -> Iterator[Problem]:
    """``name`` is a short text."""
    given = vars(draft.cls).get("name", draft.workflow)
    if not isinstance(given, str) or not given.strip():
        yield draft.problem(f"its name is {given!r}; write a text, or leave it out")
    elif len(draft.workflow) > LONGEST_WORKFLOW_NAME:
        yield draft.problem(f"its name is longer than {LONGEST_WORKFLOW_NAME} characters; shorten it")


def steps_and_triggers_have_usable_names(draft: Draft) -> Iterator[Problem]:
    """No pseudo-target, nothing private, nothing that ``Workflow`` itself needs, nothing endless."""
    for name in draft.steps:
        if fault := _fault(name):
            yield draft.problem(f"its name {fault}", step=name)
    for name, declared in draft.triggers.items():
        if fault := _fault(name):
            yield draft.problem(f"the name of trigger {name!r} {fault}", at=declared.location)


def _fault(name: str) -> str | None:
    if name in PSEUDO_TARGETS:
        return "stands for the end of a path; choose another"
    if name.startswith("_"):
        return "starts with an underscore; choose one without"
    if name in _TAKEN:
        return "is a word of Workflow itself; choose another"
    if len(name) > LONGEST_NAME:
        return f"is longer than {LONGEST_NAME} characters; shorten it"
    return None


def each_declaration_has_one_name(draft: Draft) -> Iterator[Problem]:
    """One ``step(...)`` is assigned to one attribute."""
    names: dict[int, list[str]] = {}
    for name, declared in draft.steps.items():
        names.setdefault(id(declared), []).append(name)
    for shared in names.values():
        if len(shared) > 1:
            text = f"the names {join_quoted(shared)} share one declaration; write step(...) for each"
            yield draft.problem(text, step=shared[0])
