"""The base class of all workflows: a class body is compile_blueprint once, when the class is created."""

from __future__ import annotations

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
from squid_mesh.definitions.problems import find_class_statement
from squid_mesh.definitions.rules.registry import find_problems

__all__ = ["Step", "Workflow"]


class Workflow(CompiledWorkflow):
    """Subclass it, assign steps and triggers to attributes, and say their order in ``flow``.

    A nested ``Payload`` model says what starts it. ``name = "…"`` overrides ``<app label>.<ClassName>``.
    """

    name: ClassVar[str]
    flow: ClassVar[Flow | Sequence[Flow]]
    _draft: ClassVar[Draft]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.declared_at = find_class_statement(cls.__module__)
        cls._draft = collect_draft(cls, "", cls.declared_at)
        cls.compile_as(registry.name_workflow(cls))
        registry.register(cls)

    @classmethod
    def compile_as(cls, workflow_name: str) -> None:
        """Judge and compile under that name what was collected; what is wrong goes to ``problems``."""
        draft = replace(cls._draft, workflow=workflow_name)
        cls.workflow_name = workflow_name
        cls.problems = find_problems(draft)
        cls.payload_models = {} if cls.problems else dict(draft.payload_models)
        cls._blueprint = None if cls.problems else compile_blueprint(draft)
