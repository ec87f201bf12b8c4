"""Every workflow class by its stable name."""

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
    """``classes`` by module and qualified name, broken ones included; ``names`` holds the sound ones."""

    labels: Mapping[str, str] = field(default_factory=dict)
    classes: dict[tuple[str, str], type[CompiledWorkflow]] = field(default_factory=dict)
    names: dict[str, type[CompiledWorkflow]] = field(default_factory=dict)


_stack: list[_Registry] = [_Registry()]
_collected: ContextVar[list[Problem] | None] = ContextVar("squid_mesh_collected", default=None)


def use_app_labels(labels: Mapping[str, str]) -> None:
    """Name workflows after the apps they are in: module prefix to label, the longest prefix wins.

    Classes that are already registered are compiled again under their new name.

    Raises:
        DefinitionError: two workflows come to one name.
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
    """``<app label>.<ClassName>``, or the ``name`` in the class body."""
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
    """Make a compiled class known. One created again, as by a reload, replaces itself.

    Raises:
        DefinitionError: it has problems, or another class has its name; inside :func:`collect_problems` both
            are recorded instead.
    """
    registry = _stack[-1]
    key = (cls.__module__, cls.__qualname__)
    holder = registry.names.get(cls.workflow_name)
    if holder is not None and (holder.__module__, holder.__qualname__) != key:
        cls.problems = (*cls.problems, _clash(cls, holder))
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


def _clash(cls: type[CompiledWorkflow], holder: type[CompiledWorkflow]) -> Problem:
    one, other = (f"{known.__module__}.{known.__qualname__}" for known in (holder, cls))
    return Problem(
        f"Workflow {cls.workflow_name}: the name belongs to both {one} and {other}; "
        f'write name = "…" in the body of one of them.',
        cls.workflow_name,
        None,
        cls.declared_at.file,
        cls.declared_at.line,
    )


def get_workflow(workflow: str | type[CompiledWorkflow]) -> type[CompiledWorkflow]:
    """The workflow of that name; a class stands for itself.

    Raises:
        WorkflowNotFound: there is none; ``details["known"]`` lists those there are.
        DefinitionError: the class has problems.
    """
    if not isinstance(workflow, str):
        if workflow.problems:
            raise DefinitionError(workflow.workflow_name, [str(p) for p in workflow.problems])
        return workflow
    names = _stack[-1].names
    if workflow in names:
        return names[workflow]
    known = sorted(names)
    raise WorkflowNotFound(
        f"No workflow is named {workflow!r}{did_you_mean(workflow, known)}; known: {join_quoted(known)}.",
        workflow=workflow,
        known=known,
    )


def list_workflows() -> tuple[type[CompiledWorkflow], ...]:
    """Every workflow without problems, by name."""
    names = _stack[-1].names
    return tuple(names[name] for name in sorted(names))


def list_problems() -> tuple[Problem, ...]:
    """The problems of the classes that :func:`collect_problems` let pass."""
    return tuple(problem for cls in _stack[-1].classes.values() for problem in cls.problems)


@contextmanager
def collect_problems() -> Iterator[list[Problem]]:
    """Inside, a class with problems is recorded and doesn't raise; the list fills with the problems."""
    found: list[Problem] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


@contextmanager
def isolate() -> Iterator[None]:
    """Inside, the registry starts empty and sees only itself; what is registered there goes with it."""
    _stack.append(_Registry(labels=_stack[-1].labels))
    try:
        yield
    finally:
        _stack.pop()
