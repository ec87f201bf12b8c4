"""What a step's code asks for: its parameters, read once, and bound from a run's state by pydantic."""

from __future__ import annotations

import inspect
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

import pydantic_core
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from squid_mesh.definitions.context import StepContext
from squid_mesh.definitions.declare.outcomes import Outcome
from squid_mesh.definitions.declare.step import Step

#: The return annotation of a function that has none, and what ``find`` gives for a path that isn't there.
UNKNOWN: Final = inspect.Parameter.empty


class InputError(Exception):
    """Parameters that the state can't supply: ``errors`` by parameter, ``available`` keys of the state."""

    def __init__(self, errors: Mapping[str, str], available: Sequence[str]) -> None:
        told = "; ".join(f"{name}: {message}" for name, message in errors.items())
        super().__init__(f"{told}. The state holds: {', '.join(available) or 'nothing'}.")
        self.errors = dict(errors)
        self.available = list(available)


class UnusableSignature(Exception):
    """A callable that can't be a step; each of ``faults`` is half a sentence that says why."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter that the state has to supply, unless it has a default."""

    name: str
    adapter: TypeAdapter[Any]
    has_default: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A callable as the engine needs to know it.

    ``parameters`` are those bound from the state; ``context`` is the one that takes the
    :class:`StepContext`. ``annotation`` is the return annotation, or ``UNKNOWN``; ``returns`` serialises it,
    its ``Outcome`` member aside.
    """

    parameters: Mapping[str, Parameter]
    context: str | None
    is_async: bool
    annotation: Any
    returns: TypeAdapter[Any] | None


def read_signature(target: Any) -> Signature:
    """The signature of a function, of a bound method, or of the ``run`` of a Step class. Read once for each.

    Raises:
        UnusableSignature: all that keeps it from being bound by name and validated.
    """
    if inspect.ismethod(target):
        return _inspect(target.__func__, True)
    if isinstance(target, type) and issubclass(target, Step):
        return _inspect(target.run, True)  # type: ignore[attr-defined]  # a rule asks for run
    return _inspect(target, False)


@lru_cache(maxsize=4096)
def _inspect(function: Any, is_method: bool) -> Signature:
    hints = _hints(function)
    try:
        listed = list(inspect.signature(function).parameters.values())[is_method:]
    except (TypeError, ValueError) as error:
        raise UnusableSignature([f"has no readable signature ({error})"]) from error
    contexts = [p.name for p in listed if _is_context(hints.get(p.name))]
    parameters = {p.name: _parameter(p, hints) for p in listed if p.name not in contexts}
    faults = [fault for p in listed for fault in _form_faults(p)]
    if len(contexts) > 1:
        faults.append(f"takes the StepContext twice, as {' and '.join(contexts)}; keep one")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        faults.append("is a generator; return the value instead of yielding")
    faults.extend(
        f"has a parameter {name!r} of a type that pydantic can't validate; take JSON data or a model"
        for name, parameter in parameters.items()
        if parameter is None
    )
    if faults:
        raise UnusableSignature(faults)
    annotation = hints.get("return", UNKNOWN)
    return Signature(
        parameters={name: parameter for name, parameter in parameters.items() if parameter is not None},
        context=contexts[0] if contexts else None,
        is_async=inspect.iscoroutinefunction(function),
        annotation=annotation,
        returns=_adapter(_without_outcome(annotation)),
    )


def _parameter(parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Parameter | None:
    adapter = _adapter(hints.get(parameter.name, Any))
    if adapter is None:
        return None
    return Parameter(parameter.name, adapter, parameter.default is not UNKNOWN)


def bind_arguments(
    signature: Signature,
    state: Mapping[str, Any],
    input_map: Mapping[str, str],
    options: Mapping[str, Any],
) -> dict[str, Any]:
    """The keyword arguments for a call, without the context: fresh, validated values.

    A parameter comes from ``options``, else from the path that ``input_map`` gives it, else from the
    state by its own name; else its default stands.

    Raises:
        InputError: every parameter that is missing or doesn't fit, together.
    """
    bound: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, parameter in signature.parameters.items():
        path = input_map.get(name, name)
        value = options[name] if name in options else find_value(state, path)
        if value is UNKNOWN:
            if not parameter.has_default:
                errors[name] = f"the state holds no {path!r}"
            continue
        try:
            data = pydantic_core.to_json(value)
            bound[name] = parameter.adapter.validate_json(data, by_alias=True, by_name=True)
        except ValidationError as error:
            errors[name] = _told(error)
    if errors:
        raise InputError(errors, sorted(state))
    return bound


def find_value(state: Any, path: str) -> Any:
    """The value at a dotted path through mappings and lists, or ``UNKNOWN``."""
    value = state
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return UNKNOWN
    return value


def _told(error: ValidationError) -> str:
    """What pydantic says, without the input, which may be secret."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    return ", ".join(
        f"{'.'.join(str(part) for part in detail['loc'])}: {detail['msg']}"
        if detail["loc"]
        else detail["msg"]
        for detail in details
    )


def _hints(function: Any) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except TypeError:
        return {}
    except Exception as error:  # annotations are user code
        raise UnusableSignature(
            [f"has an annotation that can't be resolved ({error}); import the name where it runs"]
        ) from error


def _form_faults(parameter: inspect.Parameter) -> list[str]:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return [f"takes *{parameter.name}; name each parameter"]
    if parameter.kind is parameter.VAR_KEYWORD:
        return [f"takes **{parameter.name}; name each parameter"]
    if parameter.kind is parameter.POSITIONAL_ONLY:
        return [f"takes {parameter.name!r} by position only; parameters are passed by name"]
    return []


def _is_context(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return any(argument is StepContext for argument in get_args(annotation))
    return annotation is StepContext


def _without_outcome(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, types.UnionType):
        kept = tuple(member for member in get_args(annotation) if member is not Outcome)
        return Union[kept] if kept else UNKNOWN  # noqa: UP007 - the members are known at run time only
    return UNKNOWN if annotation is Outcome else annotation


def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    if annotation is UNKNOWN:
        return None
    try:
        return TypeAdapter(annotation)
    except (PydanticUserError, TypeError, NameError):
        return None
