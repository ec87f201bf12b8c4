"""Checks of the arguments of the public functions, derived from their annotations."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from pydantic import BaseModel

from squid_mesh import conf
from squid_mesh.actions import Action
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.declare.outcomes import MAX_DELAY
from squid_mesh.definitions.values.texts import find_text_error
from squid_mesh.exceptions import InvalidArgument, LimitExceeded
from squid_mesh.inspection.snapshots.runs import RunSnapshot

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[Any, str], Any]

#: No function takes more members of a list.
_MOST_MEMBERS: Final = 10_000
#: The largest number that every database can store in the columns that numbers are compared with.
MAX_INTEGER: Final = 2**31 - 1


def check_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Check the type of every argument before the function is called, as its annotations say.

    Iterables are passed on as tuples. The function raises InvalidArgument for any
    argument of another type; ``details`` has ``argument``, ``expected`` and ``type``.
    """
    hints = get_type_hints(function)
    parameters = inspect.signature(function).parameters.values()
    checks = {
        p.name: _accept if p.name == "payload" else _find_check(hints[p.name])  # its model rejects others
        for p in parameters
        if p.kind is not p.VAR_KEYWORD
    }
    names = tuple(checks)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        given = [checks[name](value, name) for name, value in zip(names, args, strict=False)]
        named = {
            name: checks[name](value, name) if name in checks else value for name, value in kwargs.items()
        }
        return function(*given, *args[len(given) :], **named)  # type: ignore[arg-type]

    return checked


def check_text(text: str, argument: str) -> str:
    """Return the text if every database can store it, and if it isn't too long.

    Raises:
        InvalidArgument: it can't be stored; ``details["argument"]`` names it.
        LimitExceeded: it is too long.
    """
    most = conf.limits().TEXT_CHARS
    if len(text) > most:
        raise LimitExceeded(argument, limit=most, actual=len(text), unit="characters", setting="TEXT_CHARS")
    if problem := find_text_error(text):
        raise InvalidArgument(
            f"The {argument} {problem}, which can't be stored. Remove it.", argument=argument
        )
    return text


def wrong_type(argument: str, expected: str, value: object) -> InvalidArgument:
    """Return the error about an argument of the wrong type. It never repeats the value: it may be secret."""
    given = type(value).__name__
    return InvalidArgument(
        f"{argument} must be {expected}, not of type {given}.",
        argument=argument,
        expected=expected,
        type=given,
    )


def _find_check(hint: Any) -> Check:
    """Return the check for an annotation."""
    if hint is Any:
        return _accept
    members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if bool in members:
        return _check_bool if len(members) == 1 else _optional(_check_bool)
    for kind, check in ((UUID, check_run_id), (Action, _check_action), (int, _check_integer)):
        if kind in members:
            others = tuple(member for member in members if member not in (UUID, str, kind, type(None)))
            return _or_instance(others, check) if others else _with_none(members, check)
    if members == (float,):
        return _check_seconds
    return _check_instance_of(members)


def _with_none(members: Collection[Any], check: Check) -> Check:
    return _optional(check) if type(None) in members else check


def _optional(check: Check) -> Check:
    return lambda value, argument: None if value is None else check(value, argument)


def _or_instance(kinds: tuple[type, ...], check: Check) -> Check:
    return lambda value, argument: value if isinstance(value, kinds) else check(value, argument)


def _accept(value: Any, argument: str) -> Any:
    return value


def _check_bool(value: Any, argument: str) -> bool:
    if value is True or value is False:
        return bool(value)
    raise wrong_type(argument, "True or False", value)


def _check_integer(value: Any, argument: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(argument, "a whole number", value)
    if abs(value) > MAX_INTEGER:
        raise InvalidArgument(f"{argument} must be at most {MAX_INTEGER}.", argument=argument)
    return int(value)


def _check_seconds(value: Any, argument: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(argument, "a number", value)
    if not -MAX_DELAY <= value <= MAX_DELAY:  # nor is NaN
        raise InvalidArgument(f"{argument} must be a number of seconds up to a century.", argument=argument)
    return value


def check_run_id(value: Any, argument: str = "run_id") -> UUID:
    """Return the run's id as a UUID. Raises InvalidArgument."""
    if isinstance(value, UUID):
        return UUID(int=value.int) if type(value) is not UUID else value
    if not isinstance(value, str):
        raise wrong_type(argument, "a run's id: a UUID or its text", value)
    try:
        return UUID(_to_plain_text(value))
    except ValueError:
        raise InvalidArgument(
            f"{value[:50]!r} is not a valid run ID (expected a UUID).", argument=argument
        ) from None


def _check_action(value: Any, argument: str) -> Action:
    if isinstance(value, str) and _to_plain_text(value) in list(Action):
        return Action(_to_plain_text(value))
    known = [action.value for action in Action]
    raise InvalidArgument(f"{argument} must be one of: {', '.join(known)}.", argument=argument, known=known)


def _check_instance_of(members: Collection[Any]) -> Check:
    """Return the check for one or several types. A collection of texts may be one of them."""
    collection = next((member for member in members if _is_collection(member)), None)
    kinds = tuple(member for member in members if isinstance(member, type) and get_origin(member) is None)
    takes_workflow = any(get_origin(member) is type for member in members)
    mapping = (Mapping,) if any(get_origin(member) is Mapping for member in members) else ()
    expected = " or ".join(_describe(member) for member in members)

    def check(value: Any, argument: str) -> Any:
        if isinstance(value, (*kinds, *mapping)) and not (Model in kinds and isinstance(value, type)):
            return _to_plain_text(value) if isinstance(value, str) else value
        if takes_workflow and isinstance(value, type) and issubclass(value, CompiledWorkflow):
            return value
        if AbstractBaseUser in kinds and isinstance(value, get_user_model()):
            return value
        if collection is not None and _is_iterable_of_members(value):
            check_member = _find_check(get_args(collection)[0])
            members = _list_members(value, argument, expected)
            return tuple(check_member(member, argument) for member in members)
        raise wrong_type(argument, expected, value)

    return check


def _is_collection(member: Any) -> bool:
    return get_origin(member) in (Iterable, Collection)


def _is_iterable_of_members(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def _list_members(value: Any, argument: str, expected: str) -> tuple[Any, ...]:
    """Return the members. An iterator may be endless, and a lazy object may be iterable in name only."""
    try:
        members = tuple(islice(value, _MOST_MEMBERS + 1))
    except TypeError:
        raise wrong_type(argument, expected, value) from None
    if len(members) > _MOST_MEMBERS:
        raise InvalidArgument(f"{argument} has more than {_MOST_MEMBERS} members.", argument=argument)
    return members


def _to_plain_text(value: str) -> str:
    """Return the same text as a ``str``: members of enums and lazy objects are written differently."""
    if type(value) is str:
        return value
    return str.__str__(value) if issubclass(type(value), str) else str(value)


def _describe(member: Any) -> str:
    if _is_collection(member):
        return "a list of ids" if UUID in get_args(get_args(member)[0]) else "a list of texts"
    if get_origin(member) is type:
        return "a workflow class"
    if get_origin(member) is Mapping:
        return "a mapping"
    return _DESCRIPTIONS[member]


_DESCRIPTIONS: Final[Mapping[Any, str]] = {
    str: "a text",
    type(None): "None",
    datetime: "a datetime",
    timedelta: "a timedelta",
    Model: "a saved object",
    BaseModel: "a pydantic model",
    AbstractBaseUser: "a user",
    AnonymousUser: "an anonymous user",
    RunSnapshot: "a run's snapshot",
}
