"""Which values of a payload its defaults made, and whether two payloads say the same apart from these."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, Final

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

#: Where a value stands, part by part.
Place = tuple[str, ...]

#: It isn't known what the caller gave at this place.
_UNKNOWN: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """A value that the caller didn't give. ``computed``: code made it, so that it may differ each time.

    ``owner`` is the model that declares it, if one does.
    """

    place: Place
    value: Any
    computed: bool
    owner: type[BaseModel] | None = None


def find_defaults(value: Any, given: Any) -> list[Default]:
    """Return the values in a validated value that come from defaults.

    ``given`` is what was validated, as JSON. Where it doesn't show what was given, pydantic's
    ``model_fields_set`` decides; where that doesn't exist either, everything counts as given.
    """
    return list(_visit(value, given, ()))


def _visit(value: Any, given: Any, place: Place) -> Iterator[Default]:
    if isinstance(value, RootModel):
        yield from _visit(value.root, given, place)
    elif isinstance(value, BaseModel):
        yield from _visit_model(value, given, place)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        yield from _visit_dataclass(value, given, place)
    elif isinstance(value, Mapping):
        yield from _visit_mapping(value, given, place)
    elif isinstance(value, list | tuple):
        yield from _visit_items(value, given, place)


def _visit_model(value: BaseModel, given: Any, place: Place) -> Iterator[Default]:
    kind, known = type(value), value.model_fields_set
    found = _Members.read(given, kind.model_fields, value.model_extra or ())
    certain = found.complete and found.members.keys() <= known
    for name, field in kind.model_fields.items():
        at, member = (*place, name), value.__dict__.get(name)
        if name not in (found.members if certain else known):
            computed = field.default_factory is not None or name in known
            yield Default(place=at, value=member, computed=computed, owner=kind)
        else:
            yield from _visit(member, found.members.get(name, _UNKNOWN), at)


def _visit_dataclass(value: Any, given: Any, place: Place) -> Iterator[Default]:
    declared: Mapping[str, FieldInfo] = getattr(type(value), "__pydantic_fields__", {})
    fields = {one.name: declared.get(one.name) for one in dataclasses.fields(value)}
    found = _Members.read(given, fields)
    for one in dataclasses.fields(value):
        at, member = (*place, one.name), getattr(value, one.name, None)
        if found.complete and one.name not in found.members:
            computed = one.default is dataclasses.MISSING or isinstance(one.default, FieldInfo)
            yield Default(place=at, value=member, computed=computed)
        else:
            yield from _visit(member, found.members.get(one.name, _UNKNOWN), at)


def _visit_mapping(value: Mapping[Any, Any], given: Any, place: Place) -> Iterator[Default]:
    """Visit a mapping or a TypedDict. One whose keys aren't texts counts as given: a key may be secret."""
    if not all(type(key) is str for key in value):
        return
    known = given if isinstance(given, Mapping) else {}
    complete = isinstance(given, Mapping) and known.keys() <= value.keys()
    for key, member in value.items():
        if complete and key not in known:
            yield Default(place=(*place, key), value=member, computed=True)
        else:
            yield from _visit(member, known.get(key, _UNKNOWN), (*place, key))


def _visit_items(value: list[Any] | tuple[Any, ...], given: Any, place: Place) -> Iterator[Default]:
    names = getattr(value, "_fields", ())
    if names and isinstance(given, Mapping):
        given = [given[name] for name in names if name in given]
    known = given if isinstance(given, list) else []
    if names and isinstance(given, list):
        left = range(len(known), len(value))
        yield from (Default(place=(*place, str(n)), value=value[n], computed=False) for n in left)
    elif len(known) != len(value):
        known = [_UNKNOWN] * len(value)
    for index, (member, given_member) in enumerate(zip(value, known, strict=False)):
        yield from _visit(member, given_member, (*place, str(index)))


@dataclass(frozen=True, slots=True)
class _Members:
    """What was given for the fields of a type. ``complete``: nothing else was given beside them."""

    members: Mapping[str, Any]
    complete: bool

    @classmethod
    def read(cls, given: Any, fields: Mapping[str, FieldInfo | None], extra: Iterable[str] = ()) -> _Members:
        if not isinstance(given, Mapping):
            return cls({}, complete=False)
        source, keys = dict(given), set(extra)
        members: dict[str, Any] = {}
        for name, field in fields.items():
            for path in _paths_of(name, field):
                found = path.search_dict_for_path(source)
                if found is not PydanticUndefined:
                    members.setdefault(name, found)
                    keys.add(str(path.path[0]))
        return cls(members, complete=given.keys() <= keys)


def _paths_of(name: str, field: FieldInfo | None) -> Iterator[AliasPath]:
    """Yield where the field may stand in input: at its aliases, or at its name."""
    aliases: list[str | AliasPath | None] = []
    if field is not None:
        alias = field.validation_alias
        aliases = list(alias.choices) if isinstance(alias, AliasChoices) else [alias, field.alias]
    for one in (*aliases, name):
        if one is not None:
            yield one if isinstance(one, AliasPath) else AliasPath(one)


def list_differences(
    first: Mapping[str, Any], again: Mapping[str, Any], by_default: Set[Place], again_by_default: Set[Place]
) -> list[str]:
    """Return the keys, sorted, under which two payloads differ in what was given.

    ``by_default`` and ``again_by_default`` are the places of what defaults made in each. A value that a
    default made in both may differ, or be missing in one, because the model has changed meanwhile.
    """
    compared = _Comparison(by_default, again_by_default)
    keys = sorted({*first, *again})
    return [key for key in keys if not compared.is_same_member(first, again, key, ())]


@dataclass(frozen=True, slots=True)
class _Comparison:
    by_default: Set[Place]
    again_by_default: Set[Place]

    def is_same(self, one: Any, two: Any, place: Place) -> bool:
        if isinstance(one, Mapping) and isinstance(two, Mapping):
            keys = {**dict.fromkeys(one), **dict.fromkeys(two)}
            return all(self.is_same_member(one, two, key, place) for key in keys)
        if isinstance(one, list | tuple) and isinstance(two, list | tuple):
            pairs = enumerate(zip(one, two, strict=False))
            return len(one) == len(two) and all(self.is_same(a, b, (*place, str(n))) for n, (a, b) in pairs)
        return isinstance(one, bool) is isinstance(two, bool) and bool(one == two)

    def is_same_member(self, one: Mapping[Any, Any], two: Mapping[Any, Any], key: Any, place: Place) -> bool:
        at = (*place, str(key))
        if key not in two:
            return at in self.by_default
        if key not in one:
            return at in self.again_by_default
        if at in self.by_default and at in self.again_by_default:
            return True
        return self.is_same(one[key], two[key], at)
