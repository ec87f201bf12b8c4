"""One test for all workflows: definitions, the paths of their code, and stored runs that must continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.core.checks import ERROR, run_checks
from django.db.models import Exists, OuterRef, Q

from squid_mesh import conf
from squid_mesh.definitions import builtins, registry
from squid_mesh.definitions.blueprint import Blueprint, StepBlueprint
from squid_mesh.definitions.code_paths import CodeMissing, load_code
from squid_mesh.definitions.values.signature import (
    InputError,
    UnusableSignature,
    bind_arguments,
    read_signature,
)
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.step_code import load_callable
from squid_mesh.lifecycle import ACTIVE_RUN, OPEN_STEP
from squid_mesh.models import Definition, Run, StepRun
from squid_mesh.store.definitions import UnreadableBlueprint, parse_blueprint
from squid_mesh.store.runs import read_run_head
from squid_mesh.testing.errors import WorkflowProblems

_ACTIVE: Final = [status.value for status in ACTIVE_RUN]
_OPEN: Final = [status.value for status in OPEN_STEP]


def check_workflows() -> None:
    """Check all workflows and stored runs. Call it in one test that uses the database.

    It reports errors of definitions and settings; code that the installed or the stored definitions name and
    that can't be imported; stored definitions that this version can't read; and open steps of unfinished runs
    whose code needs parameters that the run hasn't stored. To check the code against production, load an
    export of its definitions and unfinished runs first.

    Raises:
        WorkflowProblems: it is an AssertionError that lists all of them.
    """
    problems = [*_find_definition_errors(), *_find_missing_code(), *_find_stored_problems()]
    if problems:
        raise WorkflowProblems(list(dict.fromkeys(problems)))


def _find_definition_errors() -> Iterator[str]:
    for message in run_checks(tags=["squid_mesh"]):
        if message.level >= ERROR:
            yield f"{message.msg}{f' {message.hint}' if message.hint else ''}"


def _find_missing_code() -> Iterator[str]:
    for cls in registry.list_workflows():
        yield from _find_missing_in(cls.blueprint, f"Workflow {cls.workflow_name}", _list_paths)


def _find_missing_in(
    blueprint: Blueprint, owner: str, list_paths: Callable[[StepBlueprint], Iterator[str]]
) -> Iterator[str]:
    for step in blueprint.steps:
        for path in list_paths(step):
            try:
                load_code(path)
            except CodeMissing as error:
                yield f"{owner}, step {step.name}: {error}"


def _list_needed_paths(step: StepBlueprint) -> Iterator[str]:
    """Yield the paths without which a stored step can't be executed."""
    yield step.target
    for path in (step.when, step.options.get("assignee") if _is_builtin(step) else None):
        if path:
            yield path


def _list_paths(step: StepBlueprint) -> Iterator[str]:
    """Yield the same paths, and those of classes that a stored step doesn't need: errors, and its form."""
    yield from _list_needed_paths(step)
    yield from step.retry.retry_on
    yield from step.retry.give_up_on
    if _is_builtin(step):
        form = (step.options.get("request") or {}).get("form")
        if form:
            yield form


def _is_builtin(step: StepBlueprint) -> bool:
    return step.target.partition(":")[0] == builtins.__name__


def _find_stored_problems() -> Iterator[str]:
    using = conf.database()
    runs = Run.objects.using(using).filter(definition_id=OuterRef("pk"))
    needed = Q(Exists(runs.filter(status__in=_ACTIVE))) | ~Q(Exists(runs))  # exported without its runs
    for row in Definition.objects.using(using).filter(needed).order_by("workflow", "pk"):
        owner = f"Stored definition {row.pk[:8]} of {row.workflow}"
        blueprint = parse_blueprint(row.blueprint, row.pk)
        if isinstance(blueprint, UnreadableBlueprint):
            yield f"{owner}: {blueprint.message}"
            continue
        missing = list(_find_missing_in(blueprint, owner, _list_needed_paths))
        yield from missing
        if not missing:
            yield from _find_misfits(blueprint, row.pk, using)


def _find_misfits(blueprint: Blueprint, fingerprint: str, using: str) -> Iterator[str]:
    """Yield the open steps of the definition's unfinished runs that can't be called any more."""
    rows = StepRun.objects.using(using).filter(
        run__definition_id=fingerprint, run__status__in=_ACTIVE, status__in=_OPEN, current=True
    )
    for run_id, name in rows.order_by("run_id", "id").values_list("run_id", "name"):
        step = blueprint.by_name.get(name)
        if step is None or _is_builtin(step):
            continue
        memory = RunMemory(read_run_head(run_id, using), blueprint)
        memory.load_ancestors(name, using)
        problem = _find_misfit(step, memory)
        if problem:
            yield f"Run {run_id} of {blueprint.workflow} can't continue at step {name}: {problem}"


def _find_misfit(step: StepBlueprint, memory: RunMemory) -> str:
    try:
        shape = read_signature(load_callable(step.target))
        bind_arguments(shape, memory.state_for(step.name).state, step.input, step.options)
    except (InputError, CodeMissing) as error:
        return str(error)
    except UnusableSignature as error:
        return f"{step.target} {error}."
    return ""
