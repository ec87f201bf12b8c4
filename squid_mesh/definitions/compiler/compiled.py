"""The compiled attributes of a workflow class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from pydantic import BaseModel

from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.problems import Location, Problem
from squid_mesh.exceptions import DefinitionError


class _BlueprintAttribute:
    """``cls.blueprint``. Reading it on a class with problems raises DefinitionError."""

    def __get__(self, instance: object, owner: type[CompiledWorkflow]) -> Blueprint:
        if owner.problems:
            raise DefinitionError(owner.workflow_name, [str(problem) for problem in owner.problems])
        if owner._blueprint is None:
            raise AttributeError(f"{owner.__name__} is not a workflow; declare a subclass of it.")
        return owner._blueprint


class CompiledWorkflow:
    """The attributes that compiling sets on each workflow class.

    ``blueprint`` is the frozen graph; reading it raises :class:`DefinitionError` if ``problems`` isn't empty.
    ``payload_models`` holds the model of each trigger, by name. ``declared_at`` is the line of the class
    statement.
    """

    workflow_name: ClassVar[str] = ""
    declared_at: ClassVar[Location] = Location("", 0)
    problems: ClassVar[tuple[Problem, ...]] = ()
    payload_models: ClassVar[Mapping[str, type[BaseModel]]] = {}
    _blueprint: ClassVar[Blueprint | None] = None
    blueprint = _BlueprintAttribute()

    @classmethod
    def compile_as(cls, workflow_name: str) -> None:
        """Compile the class under that name and set the attributes above. ``Workflow`` implements it."""


#: What a class body must not assign. ``declared_at`` is set before the body is read.
RESERVED_ATTRIBUTES: Final = tuple(
    name for name in vars(CompiledWorkflow) if not name.startswith("__") and name != "declared_at"
)
