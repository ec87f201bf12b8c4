"""The base class of all workflows. A subclass is compiled once, when the class is created."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from squid_mesh.definitions import registry
from squid_mesh.definitions.compiler.collect import collect_draft
from squid_mesh.definitions.compiler.compile import compile_blueprint
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.compiler.draft import Draft
from squid_mesh.definitions.declare.flow import Flow
from squid_mesh.definitions.declare.step import Step
from squid_mesh.definitions.problems import Problem, find_class_statement
from squid_mesh.definitions.rules.registry import find_problems
from squid_mesh.hooks import text_of

__all__ = ["Step", "Workflow"]


class Workflow(CompiledWorkflow):
    """The base class of workflows.

    In a subclass, assign steps and triggers to attributes, and their order to ``flow``. A nested ``Payload``
    model describes what a run is started with. ``name = "…"`` replaces the default name,
    ``<app label>.<ClassName>``.

    Raises:
        DefinitionError: when an invalid subclass is created. It lists all problems. In a Django project
            ``manage.py check`` reports them instead.
    """

    name: ClassVar[str]
    flow: ClassVar[Flow | Sequence[Flow]]
    _draft: ClassVar[Draft]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.declared_at = find_class_statement(cls.__module__)
        cls._draft = collect_draft(cls, "", cls.declared_at)
        for name in cls._draft.shadowed:
            delattr(cls, name)
        cls.compile_as(registry.name_workflow(cls))
        registry.register(cls)

    @classmethod
    def compile_as(cls, workflow_name: str) -> None:
        """Check and compile the class under that name. What is invalid is stored in ``problems``."""
        draft = replace(cls._draft, workflow=workflow_name)
        cls.workflow_name, cls.payload_models, cls._blueprint = workflow_name, {}, None
        try:
            cls.problems = find_problems(draft)
            blueprint = None if cls.problems else compile_blueprint(draft)
        except Exception as error:  # noqa: BLE001 - a value of the class body has code of its own
            cls.problems = (_describe_unreadable(draft, error),)
            return
        if blueprint is not None:
            cls.payload_models, cls._blueprint = dict(draft.payload_models), blueprint


def _describe_unreadable(draft: Draft, error: Exception) -> Problem:
    """Return the problem of a value that can't be compared, printed or stored, as an array of numpy."""
    reason = text_of(error).partition("\n")[0]
    line = traceback.extract_tb(error.__traceback__)[-1]
    text = f"a value in its body can't be read ({type(error).__name__}: {reason}, in {line.name})"
    return draft.problem(f"{text}; use values of the documented types")
