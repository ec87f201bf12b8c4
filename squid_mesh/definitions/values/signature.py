"""The signatures of step functions, and the binding of their parameters from a run's state."""

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

#: Stands for a missing return annotation, and for a path that the state doesn't have.
UNKNOWN: Final = inspect.Parameter.empty


class InputError(Exception):
    """The state can't supply parameters. ``errors``: by parameter. ``available``: the keys of the state."""

    def __init__(self, errors: Mapping[str, str], available: Sequence[str]) -> None:
        texts = "; ".join(f"{name}: {message}" for name, message in errors.items())
        super().__init__(f"{texts}. The state contains: {', '.join(available) or 'nothing'}.")
        self.errors = dict(errors)
        self.available = list(available)


class UnusableSignature(Exception):
    """A callable that can't be a step. ``errors`` are the reasons, each half a sentence."""

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__("; ".join(errors))
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that the state supplies, unless it has a default."""

    name: str
    adapter: TypeAdapter[Any]
    has_default: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """What the engine needs to know of a callable.

    ``parameters`` come from the state. ``context`` is the name of the parameter that takes the
    :class:`StepContext`. ``annotation`` is the return annotation or ``UNKNOWN``, with ``Outcome[T]`` read
    as ``T``. ``returns`` reads what is returned without an ``Outcome``, ``labelled`` the value of an
    ``Outcome[T]``; each is None if nothing is declared.
    """

    parameters: Mapping[str, Parameter]
    context: str | None
    is_async: bool
    annotation: Any
    returns: TypeAdapter[Any] | None
    labelled: TypeAdapter[Any] | None = None


def read_signature(target: Any) -> Signature:
    """Return the signature of a function, a bound method, or the ``run`` of a Step class. It is cached.

    Raises:
        UnusableSignature: its parameters can't be passed by name or validated.
    """
    if inspect.ismethod(target):
        return _inspect(target.__func__, True)
    if isinstance(target, type) and issubclass(target, Step):
        return _inspect(target.run, True)  # type: ignore[attr-defined]  # a rule requires run
    return _inspect(target, False)


def list_parameters(target: Any) -> list[inspect.Parameter]:
    """Return the parameters of the function that is called for a target whose signature can be read."""
    function = target.run if isinstance(target, type) and issubclass(target, Step) else target  # type: ignore[attr-defined]
    return list(inspect.signature(function).parameters.values())


@lru_cache(maxsize=4096)
def _inspect(function: Any, is_method: bool) -> Signature:
    hints = _hints(function)
    try:
        listed = list(inspect.signature(function).parameters.values())[is_method:]
    except (TypeError, ValueError) as error:
        raise UnusableSignature([f"has no readable signature ({error})"]) from error
    contexts = [p.name for p in listed if _is_context(hints.get(p.name))]
    parameters = {p.name: _parameter(p, hints) for p in listed if p.name not in contexts}
    errors = [error for p in listed for error in _find_parameter_errors(p)]
    if len(contexts) > 1:
        errors.append(f"takes the StepContext twice, as {' and '.join(contexts)}; keep one")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        errors.append("is a generator; return the value instead of yielding it")
    errors.extend(
        f"has a parameter {name!r} whose type pydantic can't validate; use JSON types or a model"
        for name, parameter in parameters.items()
        if parameter is None
    )
    if errors:
        raise UnusableSignature(errors)
    annotation = hints.get("return", UNKNOWN)
    return Signature(
        parameters={name: parameter for name, parameter in parameters.items() if parameter is not None},
        context=contexts[0] if contexts else None,
        is_async=inspect.iscoroutinefunction(function),
        annotation=_union(_label_types(annotation) + [m for m in _members(annotation) if not _is_typed(m)]),
        returns=_adapter(_union([m for m in _members(annotation) if not _is_outcome(m)])),
        labelled=_adapter(_union(_label_types(annotation))),
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
    """Return validated copies of the values for a call, as keyword arguments, without the context.

    A parameter comes from ``options``, else from its path in ``input_map``, else from the state by its own
    name, else from its default.

    Raises:
        InputError: parameters are missing or invalid; all of them are listed.
    """
    bound: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, parameter in signature.parameters.items():
        path = input_map.get(name, name)
        value = options[name] if name in options else find_value(state, path)
        if value is UNKNOWN:
            if not parameter.has_default:
                errors[name] = f"the state has no {path!r}"
            continue
        try:
            data = pydantic_core.to_json(value)
            bound[name] = parameter.adapter.validate_json(data, by_alias=True, by_name=True)
        except ValidationError as error:
            errors[name] = _describe_errors(error)
    if errors:
        raise InputError(errors, sorted(state))
    return bound


def describe_misfit(parameter: Parameter, default: Any) -> str | None:
    """Return why a parameter's default isn't a value of its type, without the value; None if it is.

    None is a default of every type, as a sign that nothing was given.
    """
    if default is None:
        return None
    try:
        parameter.adapter.validate_python(default)
    except ValidationError as error:
        return _describe_errors(error)
    return None


def find_value(state: Any, path: str) -> Any:
    """Return the value at a dotted path through mappings and lists, or ``UNKNOWN``."""
    value = state
    for part in path.split("."):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return UNKNOWN
    return value


def _describe_errors(error: ValidationError) -> str:
    """Return pydantic's messages without the input, which may be secret."""
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
            [f"has an annotation that can't be resolved ({error}); import the name at module level"]
        ) from error


def _find_parameter_errors(parameter: inspect.Parameter) -> list[str]:
    if parameter.kind is parameter.VAR_POSITIONAL:
        return [f"takes *{parameter.name}; name each parameter"]
    if parameter.kind is parameter.VAR_KEYWORD:
        return [f"takes **{parameter.name}; name each parameter"]
    if parameter.kind is parameter.POSITIONAL_ONLY:
        return [f"takes {parameter.name!r} by position only; remove the / from its parameters"]
    return []


def _is_context(annotation: Any) -> bool:
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        return any(argument is StepContext for argument in get_args(annotation))
    return annotation is StepContext


def _members(annotation: Any) -> list[Any]:
    """Return the members of a union; any other annotation itself."""
    return list(get_args(annotation)) if get_origin(annotation) in (Union, types.UnionType) else [annotation]


def _is_outcome(member: Any) -> bool:
    return member is Outcome or _is_typed(member)


def _is_typed(member: Any) -> bool:
    return get_origin(member) is Outcome


def _label_types(annotation: Any) -> list[Any]:
    """Return the ``T`` of each ``Outcome[T]``."""
    return [get_args(member)[0] for member in _members(annotation) if _is_typed(member)]


def _union(members: Sequence[Any]) -> Any:
    if len(members) < 2:
        return members[0] if members else UNKNOWN
    return Union[tuple(members)]  # noqa: UP007 - the members are known at run time only


def _adapter(annotation: Any) -> TypeAdapter[Any] | None:
    if annotation is UNKNOWN:
        return None
    try:
        return TypeAdapter(annotation)
    except (PydanticUserError, TypeError, NameError):
        return None
