"""The entries of the Python reference: autodoc directives for the public names of a module, as text.

A class with fields gets a table of them. An async twin is named in the entry of its function. No Sphinx here.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from importlib import import_module
from typing import Any, Final

from asgiref.sync import SyncToAsync
from pydantic import BaseModel

MISSING: Final = "required"


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a snapshot or another value, as its class declares it."""

    name: str
    type: str
    default: str


def public_names(module: str, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Return these names, or those in the module's ``__all__``.

    Raises:
        LookupError: the module has no ``__all__`` and no names were given, or lacks one of the names.
    """
    loaded = import_module(module)
    chosen = tuple(names) or tuple(getattr(loaded, "__all__", ()))
    absent = [name for name in chosen if not hasattr(loaded, name)]
    if absent or not chosen:
        raise LookupError(f"{module} has no {', '.join(absent) or '__all__'}")
    return chosen


def render(
    module: str, names: Iterable[str] = (), *, shown_in: str = "", brief: bool = False
) -> Iterator[str]:
    """Yield the lines of reStructuredText for the names.

    ``shown_in`` is the module from which users import them. A ``brief`` entry of a class has no members.
    """
    loaded = import_module(module)
    values = {name: getattr(loaded, name) for name in public_names(module, names)}
    twins = {value.func: name for name, value in values.items() if isinstance(value, SyncToAsync)}
    for name, value in values.items():
        path = f"{shown_in or module}.{name}"
        if isinstance(value, SyncToAsync):
            continue
        if isinstance(value, type) or inspect.isroutine(value):
            yield from _documented(path, value, brief=brief)
        else:
            yield from _constant(path, value)
        if inspect.isroutine(value) and value in twins:
            yield from _twin(path, twins[value])


def _documented(path: str, value: Any, *, brief: bool) -> Iterator[str]:
    """Yield the entry of a class or a function, by its docstring."""
    yield f".. {_directive(value)}:: {path}"
    yield from () if brief else (f"   {option}" for option in _options(value))
    yield ""
    if isinstance(code := getattr(value, "code", None), str):
        yield from (f"   Code: ``{code}``", "")
    if fields := list_fields(value):
        yield from (f"   {line}".rstrip() for line in _table(fields))


def _constant(path: str, value: Any) -> Iterator[str]:
    """Yield the entry of any other value, by the ``#:`` comment above it."""
    plain = isinstance(value, str | int | float | tuple)
    yield from (f".. py:data:: {path}", *([f"   :value: {value!r}"] if plain else []), "")
    yield from (f"   {find_comment(path.rpartition('.')[2], value)}", "")


def _twin(path: str, twin: str) -> Iterator[str]:
    yield f".. py:function:: {path.rpartition('.')[0]}.{twin}(...)"
    yield from ("   :async:", "", f"   The async twin of :func:`~{path}`, with the same arguments.", "")


def find_comment(name: str, value: Any) -> str:
    """Return the ``#:`` comment above the module's constant of that name.

    Raises:
        LookupError: there is none.
    """
    pattern = re.compile(rf"^((?:#: .*\n)+){name}(?:: .*)? = ", re.MULTILINE)
    for loaded in [one for key, one in sys.modules.items() if key.startswith("squid_mesh")]:
        if vars(loaded).get(name) is value and (found := pattern.search(inspect.getsource(loaded))):
            return " ".join(line.removeprefix("#: ") for line in found[1].splitlines())
    raise LookupError(f"no #: comment says what {name} is")


def _directive(value: Any) -> str:
    if not isinstance(value, type):
        return "autofunction"
    return "autoexception" if issubclass(value, BaseException) else "autoclass"


def _options(value: Any) -> Iterator[str]:
    if isinstance(value, type):
        yield from (":members:", ":exclude-members: model_config, code")
        if issubclass(value, BaseException):
            yield ":show-inheritance:"
        if issubclass(value, Enum):
            yield ":undoc-members:"


def list_fields(value: Any) -> tuple[Field, ...]:
    """Return the fields of a pydantic model or a dataclass, those of its bases first; none of others."""
    if not isinstance(value, type):
        return ()
    annotations = _annotations(value)
    if issubclass(value, BaseModel):
        defaults: Mapping[str, str] = {
            name: MISSING if field.is_required() else repr(field.default)
            for name, field in value.model_fields.items()
        }
    elif dataclasses.is_dataclass(value):
        defaults = {field.name: _default(field) for field in dataclasses.fields(value)}
    else:
        return ()
    return tuple(Field(name, annotations[name], default) for name, default in defaults.items())


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return repr(field.default)
    if field.default_factory is dataclasses.MISSING:
        return MISSING
    return f"{getattr(field.default_factory, '__name__', field.default_factory)}()"


def _annotations(value: type) -> dict[str, str]:
    """Return the annotations as they are written, of the bases too."""
    found: dict[str, str] = {}
    for base in reversed(value.__mro__):
        for name, written in inspect.get_annotations(base).items():
            found[name] = written if isinstance(written, str) else inspect.formatannotation(written)
    return found


def _table(fields: Iterable[Field]) -> Iterator[str]:
    yield from (".. list-table::", "   :header-rows: 1", "", "   * - field", "     - type", "     - default")
    for field in fields:
        yield f"   * - ``{field.name}``"
        yield f"     - ``{_plain(field.type)}``"
        yield f"     - {field.default if field.default == MISSING else f'``{_plain(field.default)}``'}"
    yield ""


def _plain(text: str) -> str:
    """Return the text without ``Stored``: a stored status is a member, or the text of a newer version."""
    text = text.replace("StoredOutcome", "AttemptOutcome")
    return re.sub(r"\bStored(?=RunStatus|StepStatus|WaitingFor|EventType)", "", text)
