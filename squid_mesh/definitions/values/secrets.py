"""Which parts of a value are secret, according to its type."""

from __future__ import annotations

import dataclasses
import sys
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import (
    Annotated,
    Any,
    Final,
    ForwardRef,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AliasChoices, AliasPath, BaseModel, RootModel, Secret, SecretBytes, SecretStr
from pydantic.fields import ComputedFieldInfo, FieldInfo

from squid_mesh.definitions.values.paths import ANY_DEPTH, ANY_KEY, format_path

SECRET_TYPES: Final = (SecretStr, SecretBytes, Secret)

#: What says how a member is stored and not what it is, by name: Python 3.11 doesn't have all of them.
_QUALIFIERS: Final = frozenset({"ClassVar", "Final", "Required", "NotRequired", "ReadOnly"})
#: A type with more places than that gets paths by the names of its secret fields, at any depth.
_MOST_PLACES: Final = 2_000
#: An alias of an alias of an alias … is read that far, so that one of itself ends.
_MOST_ALIASES: Final = 100


def secret_paths(annotation: Any, *, by_alias: bool = False) -> tuple[str, ...]:
    """Return the dotted paths of the secrets in a value of that type, sorted.

    ``items.*.token`` stands for every member of a list or mapping, ``child.**.token`` for every ``token``
    below ``child``, at any depth: so a recursive type is described. ``""`` is the whole value. A mapping with
    secret keys is secret as a whole. Secret are ``SecretStr``, ``SecretBytes``, ``Secret[...]`` and fields
    with ``Field(json_schema_extra={"sensitive": True})``. With ``by_alias`` the paths name the aliases of
    fields too, as they may stand in input.
    """
    analysis = _Analysis(by_alias=by_alias)
    analysis.visit(annotation, (), ())
    return tuple(sorted({format_path(path) for path in analysis.all_paths()}))


@lru_cache(maxsize=1024)
def marked_members(kind: type[Any]) -> frozenset[str]:
    """Return the names of the members of a model or a dataclass that are marked as sensitive."""
    if issubclass(kind, BaseModel):
        fields: dict[str, FieldInfo | ComputedFieldInfo] = {
            **kind.model_fields,
            **kind.model_computed_fields,
        }
        return frozenset(name for name, field in fields.items() if _is_marked(field))
    return frozenset(name for name, hint in hints_of(kind).items() if _unwrap(hint)[1])


@dataclass
class _Analysis:
    by_alias: bool
    found: set[tuple[str, ...]] = field(default_factory=set)
    recursions: set[tuple[str, ...]] = field(default_factory=set)
    known: set[Any] = field(default_factory=set)
    places: int = 0

    def all_paths(self) -> set[tuple[str, ...]]:
        """Return the paths found. Below a recursion any secret may follow, so those go by name there."""
        names = {_last_name(path) for path in self.found}
        if self.places > _MOST_PLACES:
            return {(ANY_DEPTH, name) if name else () for name in names}
        return self.found | {
            (*path, ANY_DEPTH, name) if name else path for path in self.recursions for name in names
        }

    def visit(self, annotation: Any, path: tuple[str, ...], stack: tuple[Any, ...]) -> None:
        """Add the paths of the secrets in a value of that type that stands at the path."""
        self.places += 1
        annotation, marked = _unwrap(annotation)
        origin, arguments = get_origin(annotation), get_args(annotation)
        if marked or _is_a(origin or annotation, SECRET_TYPES):
            self.found.add(path)
        elif origin in (Union, types.UnionType):
            for member in arguments:
                self.visit(member, path, stack)
        elif annotation in stack:
            self.recursions.add(path)
        elif self._is_worth_reading(annotation):
            for names, sub in self._children(annotation, origin, arguments):
                for name in names:
                    self._visit_child(sub, (*path, name), (*stack, annotation))

    def _is_worth_reading(self, annotation: Any) -> bool:
        """Return whether the type is new, or there are few places, so that each gets paths of its own."""
        try:
            known = annotation in self.known
            self.known.add(annotation)
        except TypeError:  # its metadata has no hash
            return True
        return not known or self.places <= _MOST_PLACES

    def _visit_child(self, annotation: Any, path: tuple[str, ...], stack: tuple[Any, ...]) -> None:
        if path[-1] == "":  # of a root model: it stands where its model stands
            path = path[:-1]
        if annotation is None:
            self.found.add(path)
        else:
            self.visit(annotation, path, stack)

    def _children(
        self, annotation: Any, origin: Any, arguments: tuple[Any, ...]
    ) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield the keys below a value with their types. The type None marks a secret."""
        if _is_a(annotation, BaseModel):
            yield from self._model_fields(annotation)
        elif hints := hints_of(origin or annotation, arguments):
            named_tuple = _is_a(origin or annotation, tuple)
            for index, (name, hint) in enumerate(hints.items()):
                yield (str(index) if named_tuple else name,), hint
        elif isinstance(origin, type) and origin is not type:
            yield from _members_of_container(origin, arguments)

    def _model_fields(self, model: type[BaseModel]) -> Iterator[tuple[tuple[str, ...], Any]]:
        if not model.__pydantic_complete__:
            model.model_rebuild(raise_errors=False)
        for name, one in model.model_fields.items():
            aliases = _aliases(one) if self.by_alias else ()
            yield (
                ("",) if issubclass(model, RootModel) else (name, *aliases),
                None if _is_marked(one) else one.annotation,
            )
        for name, computed in model.model_computed_fields.items():
            yield (name,), None if _is_marked(computed) else computed.return_type


def _members_of_container(origin: type, arguments: tuple[Any, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if issubclass(origin, Mapping):
        if secret_paths(arguments[0]):
            yield ("",), None
        yield (ANY_KEY,), arguments[-1]
    elif issubclass(origin, tuple) and Ellipsis not in arguments:
        for index, argument in enumerate(arguments):
            yield (str(index),), argument
    else:
        for argument in arguments:
            if argument is not Ellipsis and not isinstance(argument, list):  # a list: of a Callable
                yield (ANY_KEY,), argument


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """Return the type without aliases, qualifiers and metadata, and whether the metadata marks it."""
    marked = False
    for _ in range(_MOST_ALIASES):
        origin, arguments = get_origin(annotation), get_args(annotation)
        if origin is Annotated:
            marked = marked or any(
                isinstance(extra, FieldInfo) and _is_marked(extra) for extra in annotation.__metadata__
            )
            annotation = arguments[0]
        elif getattr(origin, "_name", None) in _QUALIFIERS:
            annotation = arguments[0]
        elif isinstance(annotation, TypeVar):
            annotation = annotation.__bound__ or Union[annotation.__constraints__ or (Any,)]  # noqa: UP007
        elif hasattr(annotation, "__supertype__"):
            annotation = annotation.__supertype__
        elif type(origin or annotation).__name__ == "TypeAliasType":
            annotation = _alias_value(origin or annotation, arguments)
        elif isinstance(annotation, ForwardRef | str):
            return Any, marked
        else:
            break
    return annotation, marked


def _alias_value(alias: Any, arguments: tuple[Any, ...]) -> Any:
    def holder() -> None: ...

    try:
        holder.__annotations__ = {"value": alias.__value__}
        namespace = vars(sys.modules[alias.__module__])
        value = get_type_hints(holder, globalns=namespace, include_extras=True)["value"]
        return _substitute(value, dict(zip(alias.__type_params__, arguments, strict=False)))
    except Exception:  # noqa: BLE001 - the alias is user code; a rule reports names that can't be resolved
        return Any


def hints_of(kind: Any, arguments: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return the types of the members of a dataclass, a TypedDict or a named tuple; empty for others."""
    if not isinstance(kind, type):
        return {}
    is_named_tuple = issubclass(kind, tuple) and hasattr(kind, "_fields")
    is_typed_dict = issubclass(kind, dict) and hasattr(kind, "__total__")
    if not (dataclasses.is_dataclass(kind) or is_typed_dict or is_named_tuple):
        return {}
    try:
        hints = get_type_hints(kind, include_extras=True)
    except Exception:  # noqa: BLE001 - a rule reports names that can't be resolved
        return {}
    variables = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
    return {name: _substitute(hint, variables) for name, hint in hints.items()}


def _substitute(hint: Any, variables: Mapping[Any, Any]) -> Any:
    """Return the type with its variables replaced by the types that were given for them."""
    if isinstance(hint, TypeVar):
        return variables.get(hint, hint)
    inner = getattr(hint, "__parameters__", ())
    if not variables or not inner or isinstance(hint, type):
        return hint
    return hint[tuple(variables.get(variable, variable) for variable in inner)]


def _aliases(field: FieldInfo) -> Iterator[str]:
    """Yield the other names that the field has in input."""
    given = field.validation_alias
    choices = given.choices if isinstance(given, AliasChoices) else [given]
    for choice in (*choices, field.alias):
        if isinstance(choice, AliasPath):
            yield str(choice.path[0])
        elif choice:
            yield choice


def _last_name(path: tuple[str, ...]) -> str:
    """Return the last part that is the name of a field; empty if there is none."""
    return next((part for part in reversed(path) if part not in (ANY_KEY, ANY_DEPTH)), "")


def _is_a(kind: Any, base: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _is_marked(field: FieldInfo | ComputedFieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, Mapping) and extra.get("sensitive") is True
