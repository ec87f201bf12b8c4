"""Rules about names, which are stored and appear in paths and URLs."""

from __future__ import annotations

from collections.abc import Iterator

from squid_mesh.definitions.blueprint import PSEUDO_TARGETS
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.problems import Problem, join_quoted

MAX_NAME_LENGTH = 100
MAX_WORKFLOW_NAME_LENGTH = 200
_RESERVED = frozenset(vars(CompiledWorkflow)) | {"name", "Payload"}


def check_workflow_name(draft: Draft) -> Iterator[Problem]:
    """The workflow's name is a short string of letters, digits and the characters that join them."""
    given = vars(draft.cls).get("name", draft.workflow)
    if not isinstance(given, str) or not given.strip():
        yield draft.problem(f"name must be a non-empty string, not {given!r}; change it or remove it")
    elif wrong := _find_wrong_characters(draft.workflow, also=".-"):
        yield draft.problem(f"its name contains {wrong}; use letters, digits, '_', '-' and '.'")
    elif len(draft.workflow) > MAX_WORKFLOW_NAME_LENGTH:
        yield draft.problem(f"its name has more than {MAX_WORKFLOW_NAME_LENGTH} characters; shorten it")


def check_attribute_names(draft: Draft) -> Iterator[Problem]:
    """The names of steps and triggers are public, short and not reserved: letters, digits and underscores."""
    for name in draft.steps:
        if error := _find_name_error(name):
            yield draft.problem(f"its name {error}", step=name)
    for name, declared in draft.triggers.items():
        if error := _find_name_error(name):
            yield draft.problem(f"the name of trigger {name!r} {error}", at=declared.location)


def _find_name_error(name: str) -> str | None:
    if not name:
        return "is empty; choose another name"
    if wrong := _find_wrong_characters(name):
        return f"contains {wrong}; use letters, digits and underscores"
    if name in PSEUDO_TARGETS:
        return "is reserved for the end of a path; choose another name"
    if name.startswith("_"):
        return "starts with an underscore; choose another name"
    if name in _RESERVED:
        return "is reserved by Workflow; choose another name"
    if len(name) > MAX_NAME_LENGTH:
        return f"has more than {MAX_NAME_LENGTH} characters; shorten it"
    return None


def _find_wrong_characters(name: str, also: str = "") -> str:
    """Return the characters, quoted, that are no letters, digits or underscores, and not among ``also``."""
    wrong = [one for one in name if not f"_{one}".isidentifier() and one not in also]
    return join_quoted(dict.fromkeys(wrong)) if wrong else ""


def check_shadowed_attributes(draft: Draft) -> Iterator[Problem]:
    """The class body assigns none of the attributes that compiling sets."""
    for name in draft.shadowed:
        if name not in draft.steps and name not in draft.triggers:
            yield draft.problem(f"its attribute {name} is reserved by Workflow; choose another name")


def check_shared_declarations(draft: Draft) -> Iterator[Problem]:
    """Each step has its own ``step(...)`` call."""
    names: dict[int, list[str]] = {}
    for name, declared in draft.steps.items():
        names.setdefault(id(declared), []).append(name)
    for shared in names.values():
        if len(shared) > 1:
            text = f"the attributes {join_quoted(shared)} share one declaration; call step(...) for each"
            yield draft.problem(text, step=shared[0])
