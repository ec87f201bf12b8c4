"""Fakes replace the code of a step. Its input, guard, timeout, retries and output work as always."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any, Final

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.declare.step import Step, StepDeclaration
from squid_mesh.definitions.values.signature import UnusableSignature, read_signature
from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.worker.invoke import Invocation
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.store.values import Claim
from squid_mesh.testing.interception import Invoke, intercepting
from squid_mesh.testing.references import find_code

#: The value of an argument that isn't given, because None can be given.
_NOTHING: Final[Any] = object()
#: The functions of active fakes: the engine finds a step's code by its path.
ACTIVE: Final = SimpleNamespace()
_PATH: Final = f"{__name__}:ACTIVE."
_numbers = count()


class Faked:
    """A step whose code is replaced. ``calls`` has the arguments of each call, in order."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []


@contextmanager
def fake(
    step: StepDeclaration,
    *,
    returns: Any = _NOTHING,
    raises: BaseException | type[BaseException] | None = None,
    calls: Callable[..., Any] | None = None,
) -> Iterator[Faked]:
    """Replace the code of a step in the body: ``with fake(Flow.charge, returns={"paid": True}) as charge:``.

    The fake ``returns`` that value, ``raises`` that error, or ``calls`` that function, which may take other
    parameters of the state than the step, and may be async. Without any of them it returns None. The engine
    binds the input, checks the result, and applies the step's guard, timeout and retries as always.

    Raises:
        NotAStep: ``step`` isn't a step of a workflow, or has no code of its own.
        InvalidArgument: more than one of the three is given, or the function can't be the code of a step.
    """
    reference = find_code(step)
    faked = Faked()
    path = f"fake_{next(_numbers)}"
    setattr(ACTIVE, path, _build(reference.target, faked, returns, raises, calls))

    def replace_code(claim: Claim, memory: RunMemory, invoke: Invoke) -> Invocation:
        replaced_by_newer = memory.blueprint.by_name[claim.name].target.startswith(_PATH)
        if replaced_by_newer or not reference.covers(memory.head.workflow, claim.name):
            return invoke(claim, memory)
        return invoke(claim, _with_target(memory, claim.name, f"{_PATH}{path}"))

    try:
        with intercepting(replace_code):
            yield faked
    finally:
        delattr(ACTIVE, path)


def _build(
    target: Any,
    faked: Faked,
    returns: Any,
    raises: BaseException | type[BaseException] | None,
    calls: Callable[..., Any] | None,
) -> Callable[..., Any]:
    if [returns is not _NOTHING, raises is not None, calls is not None].count(True) > 1:
        raise InvalidArgument("A fake returns, raises or calls: give one of them.", argument="returns")
    if calls is not None:
        return _calling(calls, faked)
    real: Any = target
    if inspect.isclass(target) and issubclass(target, Step):
        real = getattr(target(), "run")  # noqa: B009 - a rule requires it of each step, no type does

    @functools.wraps(real)
    def replaced(**arguments: Any) -> Any:
        faked.calls.append(arguments)
        if raises is not None:
            raise raises
        return None if returns is _NOTHING else returns

    return replaced


def _calling(function: Callable[..., Any], faked: Faked) -> Callable[..., Any]:
    try:
        read_signature(function)
    except UnusableSignature as error:
        raise InvalidArgument(f"The function of a fake {error}.", argument="calls") from error

    @functools.wraps(function)
    def replaced(**arguments: Any) -> Any:
        faked.calls.append(arguments)
        return function(**arguments)

    @functools.wraps(function)
    async def replaced_async(**arguments: Any) -> Any:
        faked.calls.append(arguments)
        return await function(**arguments)

    return replaced_async if inspect.iscoroutinefunction(function) else replaced


def _with_target(memory: RunMemory, name: str, path: str) -> RunMemory:
    """Return a view of the memory in which the step's code is at that path."""
    blueprint = memory.blueprint
    steps = tuple(
        step.model_copy(update={"target": path}) if step.name == name else step for step in blueprint.steps
    )
    fields = {field: getattr(blueprint, field) for field in Blueprint.model_fields}
    return replace(memory, blueprint=Blueprint.model_construct(**(fields | {"steps": steps})))
