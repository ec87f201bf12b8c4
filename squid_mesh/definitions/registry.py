"""The registry of workflow classes by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.problems import Problem, did_you_mean, join_quoted
from squid_mesh.exceptions import DefinitionError, WorkflowNotFound


@dataclass
class _Registry:
    """``classes``: every class by module and qualified name. ``names``: the valid ones by workflow name."""

    labels: Mapping[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, str], type[CompiledWorkflow]] = field(default_factory=dict)
    names: dict[str, type[CompiledWorkflow]] = field(default_factory=dict)


_stack: list[_Registry] = [_Registry()]
_collected: ContextVar[list[Problem] | None] = ContextVar("squid_mesh_collected", default=None)


def use_app_labels(labels: Mapping[str, str]) -> None:
    """Name workflows after their apps, given as module prefix to app label. The longest prefix wins.

    Classes that are already registered are compiled again under their new names.

    Raises:
        DefinitionError: two workflows have the same name.
    """
    registry = _stack[-1]
    registry.labels = dict(labels)
    classes = list(registry.classes.values())
    registry.classes.clear()
    registry.names.clear()
    for cls in classes:
        cls.compile_as(name_workflow(cls))
        register(cls)


def name_workflow(cls: type) -> str:
    """Return the workflow's name: ``name`` in the class body, else ``<app label>.<ClassName>``."""
    given = vars(cls).get("name")
    if isinstance(given, str) and given:
        return given
    return f"{_label(cls.__module__)}.{cls.__name__}"


def _label(module: str) -> str:
    labels = _stack[-1].labels
    prefixes = [prefix for prefix in labels if module == prefix or module.startswith(f"{prefix}.")]
    if prefixes:
        return labels[max(prefixes, key=len)]
    return module.rpartition(".")[0].rpartition(".")[2] or module


def register(cls: type[CompiledWorkflow]) -> None:
    """Register a compiled class. A class that is created again, as by a reload, replaces the earlier one.

    Raises:
        DefinitionError: the class has problems, or another class has its name. Inside
            :func:`collect_problems` both are recorded instead.
    """
    registry = _stack[-1]
    key = (cls.__module__, cls.__qualname__)
    holder = registry.names.get(cls.workflow_name)
    if holder is not None and (holder.__module__, holder.__qualname__) != key:
        cls.problems = (*cls.problems, _duplicate_name(cls, holder))
    found = _collected.get()
    if cls.problems and found is None:
        raise DefinitionError(cls.workflow_name, [str(problem) for problem in cls.problems])
    replaced = registry.classes.get(key)
    if replaced is not None and registry.names.get(replaced.workflow_name) is replaced:
        del registry.names[replaced.workflow_name]
    registry.classes[key] = cls
    if cls.problems:
        (found if found is not None else []).extend(cls.problems)
    else:
        registry.names[cls.workflow_name] = cls


def _duplicate_name(cls: type[CompiledWorkflow], holder: type[CompiledWorkflow]) -> Problem:
    one, other = (f"{known.__module__}.{known.__qualname__}" for known in (holder, cls))
    return Problem(
        f"Workflow {cls.workflow_name}: {one} and {other} have the same name; "
        f'set name = "…" in the body of one of them.',
        cls.workflow_name,
        None,
        cls.declared_at.file,
        cls.declared_at.line,
    )


def get_workflow(workflow: str | type[CompiledWorkflow]) -> type[CompiledWorkflow]:
    """Return the workflow class of that name. A class is returned as it is.

    Raises:
        WorkflowNotFound: no workflow has that name; ``details["known"]`` lists the names that exist.
        DefinitionError: the class, or the one of that name, has problems.
    """
    if not isinstance(workflow, str):
        if workflow.problems:
            raise DefinitionError(workflow.workflow_name, [str(p) for p in workflow.problems])
        return workflow
    names = _stack[-1].names
    if workflow in names:
        return names[workflow]
    invalid = [cls for cls in _stack[-1].classes.values() if cls.problems and cls.workflow_name == workflow]
    if invalid:
        raise DefinitionError(workflow, [str(problem) for cls in invalid for problem in cls.problems])
    known = sorted(names)
    raise WorkflowNotFound(
        f"No workflow is named {workflow!r}{did_you_mean(workflow, known)}; known: {join_quoted(known)}.",
        workflow=workflow,
        known=known,
    )


def list_workflows() -> tuple[type[CompiledWorkflow], ...]:
    """Return every valid workflow, sorted by name."""
    names = _stack[-1].names
    return tuple(names[name] for name in sorted(names))


def list_problems() -> tuple[Problem, ...]:
    """Return the problems of the classes that were registered inside :func:`collect_problems`."""
    return tuple(problem for cls in _stack[-1].classes.values() for problem in cls.problems)


@contextmanager
def collect_problems() -> Iterator[list[Problem]]:
    """Record the problems of new classes in the yielded list instead of raising."""
    found: list[Problem] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


@contextmanager
def isolate() -> Iterator[None]:
    """Use an empty registry inside the block, and restore the former one after it."""
    _stack.append(_Registry(labels=_stack[-1].labels))
    try:
        yield
    finally:
        _stack.pop()
