"""The secrets that a value carries, whatever its type says: found by walking the value itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel, RootModel

from squid_mesh.definitions.values.paths import ANY_KEY, Path, ends_here, parse_paths, paths_below
from squid_mesh.definitions.values.secrets import SECRET_TYPES, marked_members

#: Types that hold nothing else.
_LEAVES: Final = frozenset(
    {
        *(str, int, float, bool, bytes, complex, type(None), decimal.Decimal, uuid.UUID),
        *(dt.date, dt.datetime, dt.time, dt.timedelta),
    }
)
#: At most this many objects of other types are read: an error may hold a connection, which holds everything.
_MOST_OBJECTS: Final = 1_000
#: A key or a member whose place in the JSON isn't known.
_NOWHERE: Final = None
Place = tuple[str, ...] | None


@dataclass(slots=True)
class Carried:
    """The secrets in a value: ``places`` are their paths in its JSON, ``texts`` what they say.

    A secret can be carried without a place: as a private attribute, or by a type that only pydantic knows.
    """

    places: set[tuple[str, ...]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)

    def __or__(self, other: Carried) -> Carried:
        """Return the secrets of both."""
        return Carried(self.places | other.places, self.texts | other.texts)

    def __bool__(self) -> bool:
        return bool(self.places or self.texts)


def find_carried(
    value: Any, paths: Iterable[str | Path] = (), hides: Callable[[str], bool] | None = None
) -> Carried:
    """Return the secrets in the value.

    They are values of secret types, members that are marked as sensitive, what stands at the paths, and the
    members whose names ``hides`` returns True for. A value that can't be read is secret as a whole.
    """
    if not paths and hides is None and _is_plain(value):
        return Carried()
    walk = _Walk(hides)
    if type(value) not in _LEAVES or paths:
        try:
            walk.visit(value, (), parse_paths(paths))
        except Exception:  # noqa: BLE001 - the value's own code; the value is masked, and its step doesn't fail
            walk.found.places.add(())
    return walk.found


def _is_plain(value: Any) -> bool:
    """Return whether the value has JSON types only, so that it carries nothing. Most values do."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or not (type(item) in _LEAVES or _is_plain(item)):
                return False
        return True
    if kind is list:
        for item in value:  # noqa: SIM110 - all() with a generator takes twice as long
            if not (type(item) in _LEAVES or _is_plain(item)):
                return False
        return True
    return kind in _LEAVES


@dataclass(slots=True)
class _Walk:
    hides: Callable[[str], bool] | None = None
    found: Carried = field(default_factory=Carried)
    objects: set[int] = field(default_factory=set)

    def visit(self, value: Any, place: Place, paths: Sequence[Path]) -> None:
        kind = type(value)
        if paths and ends_here(paths):
            self._add(value, place, keys=True)
        elif kind in _LEAVES:
            return
        elif issubclass(kind, SECRET_TYPES):
            self._add(value.get_secret_value(), place)
        else:
            self._visit_members_of(value, kind, place, paths)

    def _visit_members_of(self, value: Any, kind: type[Any], place: Place, paths: Sequence[Path]) -> None:
        if issubclass(kind, BaseModel):
            self._visit_model(value, place, paths)
        elif issubclass(kind, Mapping):
            self._visit_mapping(value, place, paths)
        elif issubclass(kind, Sequence | Set) and not issubclass(kind, str | bytes):
            self._visit_items(value, place, paths, indexed=issubclass(kind, tuple))
        elif dataclasses.is_dataclass(kind):
            members = [(one.name, getattr(value, one.name, None)) for one in dataclasses.fields(value)]
            self._visit_members(members, place, paths, marked_members(kind))
        elif not issubclass(kind, type):
            self._visit_attributes(value)

    def _visit_items(
        self, value: Iterable[Any], place: Place, paths: Sequence[Path], *, indexed: bool
    ) -> None:
        """Visit the items of a list. Only a tuple's have places of their own."""
        for index, item in enumerate(value):
            below = paths_below(paths, index) if paths else paths
            if below or type(item) not in _LEAVES:
                part = str(index) if indexed else ANY_KEY
                self.visit(item, None if place is None else (*place, part), below)

    def _visit_members(
        self,
        members: Iterable[tuple[str, Any]],
        place: Place,
        paths: Sequence[Path],
        marked: frozenset[str] = frozenset(),
    ) -> None:
        for name, item in members:
            if (marked and name in marked) or (self.hides is not None and self.hides(name)):
                self._add(item, None if place is None else (*place, name))
            elif paths or type(item) not in _LEAVES:
                below = paths_below(paths, name) if paths else paths
                self.visit(item, None if place is None else (*place, name), below)

    def _visit_model(self, value: BaseModel, place: Place, paths: Sequence[Path]) -> None:
        if isinstance(value, RootModel):
            self.visit(value.root, place, paths)
        else:
            self._visit_members(value.__dict__.items(), place, paths, marked_members(type(value)))
        for hidden in (value.__pydantic_extra__, value.__pydantic_private__):
            if hidden:
                known = place if hidden is value.__pydantic_extra__ else _NOWHERE
                self._visit_members(hidden.items(), known, paths if known is not None else ())

    def _visit_mapping(self, value: Mapping[Any, Any], place: Place, paths: Sequence[Path]) -> None:
        for key in value:
            if type(key) is not str and (inside := find_carried(key)):
                self.found.texts |= inside.texts
                self._add(value, place, keys=True)
                return
        self._visit_members(
            ((key if type(key) is str else _key_name(key), item) for key, item in value.items()), place, paths
        )

    def _visit_attributes(self, value: Any) -> None:
        """Visit the attributes of an object of another type; their place in the JSON is not known."""
        if id(value) in self.objects or len(self.objects) >= _MOST_OBJECTS:
            return
        self.objects.add(id(value))
        names = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
        held = {name: getattr(value, name, None) for name in names if isinstance(name, str)}
        self._visit_members({**held, **getattr(value, "__dict__", {})}.items(), _NOWHERE, ())

    def _add(self, value: Any, place: Place, *, keys: bool = False) -> None:
        if value is None:
            return
        if place is not None:
            self.found.places.add(place)
        self.found.texts.update(text for text in _iterate_texts(value, keys) if text)


def _key_name(key: Any) -> str:
    return str(key) if type(key) is int else ANY_KEY


def _iterate_texts(value: Any, keys: bool) -> Iterator[str]:
    """Yield the texts of a secret: its own, or those of its members, and of the keys of its mappings."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, SECRET_TYPES):
        yield from _iterate_texts(value.get_secret_value(), keys)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif value is not None and not isinstance(value, bool):
        members = _list_members(value, keys)
        if members is None:
            yield str(value)
            if isinstance(value, dt.datetime):
                yield value.isoformat()
        for member in members or ():
            yield from _iterate_texts(member, keys)


def _list_members(value: Any, keys: bool) -> Iterable[Any] | None:
    if isinstance(value, BaseModel):
        return list(dict(value).values())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, one.name, None) for one in dataclasses.fields(value)]
    if isinstance(value, Mapping):
        return [*(value if keys else ()), *value.values()]
    return value if isinstance(value, Sequence | Set) else None
