"""Workflows: the installed ones, and those that only stored runs have."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.errors import PydanticUserError

from squid_mesh import conf
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint, StepBlueprint
from squid_mesh.definitions.compiler.compiled import CompiledWorkflow
from squid_mesh.definitions.declare.workflow import Workflow
from squid_mesh.definitions.problems import did_you_mean, join_quoted
from squid_mesh.definitions.values.carried import find_carried
from squid_mesh.definitions.values.payload import find_models
from squid_mesh.definitions.values.schemas import make_json_schema
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import WorkflowNotFound
from squid_mesh.inspection.masking import masked
from squid_mesh.inspection.runs.reading import summary_fields
from squid_mesh.inspection.schemas import shown_schema
from squid_mesh.inspection.snapshots.runs import RunSummary
from squid_mesh.inspection.snapshots.workflows import (
    DefinitionSnapshot,
    RecentRuns,
    WorkflowSnapshot,
    WorkflowSummary,
)
from squid_mesh.lifecycle import RunStatus
from squid_mesh.models import Definition, Run
from squid_mesh.store.definitions import parse_blueprint
from squid_mesh.tools.secrets import Secrets

#: How many of a workflow's newest runs are counted: in the list, and on its own page.
LISTED: Final = 100
INSPECTED: Final = 1000
_DEFINITIONS: Final = 20
_RUNS: Final = 10


def list_workflows() -> tuple[WorkflowSummary, ...]:
    """Return every workflow, by name. Two queries for each, however many runs it has."""
    installed = {cls.workflow_name: cls for cls in registry.list_workflows()}
    rows = Definition.objects.using(conf.database()).order_by("created_at")
    stored = set(rows.order_by().values_list("workflow", flat=True).distinct())
    return tuple(
        _summary(name, installed.get(name), _newest_runs(name, LISTED))
        for name in sorted({*installed, *stored})
    )


def inspect_workflow(workflow: type[Workflow] | str) -> WorkflowSnapshot:
    """Return a workflow in full. Four queries.

    Raises:
        WorkflowNotFound: it is not installed, and no run of it is stored.
    """
    name = workflow if isinstance(workflow, str) else workflow.workflow_name
    if not is_storable(name):
        raise _unknown(name)
    cls = {known.workflow_name: known for known in registry.list_workflows()}.get(name)
    rows = Definition.objects.using(conf.database()).filter(workflow=name).order_by("-created_at", "pk")
    definitions = list(rows[:_DEFINITIONS])
    if cls is None and not definitions:
        raise _unknown(name)
    blueprint = cls.blueprint if cls else _newest_readable(definitions)
    summary = _summary(name, cls, _newest_runs(name, INSPECTED), blueprint)
    return WorkflowSnapshot(
        **dict(summary),
        fingerprint=blueprint.fingerprint if blueprint else definitions[0].pk,
        steps=tuple(_shown_step(blueprint.by_name[name]) for name in blueprint.order) if blueprint else (),
        edges=blueprint.edges if blueprint else (),
        payload_schemas=_schemas(cls) if cls else {},
        definitions=tuple(
            DefinitionSnapshot(
                fingerprint=row.pk,
                created_at=row.created_at,
                current=cls is not None and row.pk == cls.blueprint.fingerprint,
            )
            for row in definitions
        ),
        runs=_runs(name, _RUNS),
    )


def payload_schema(model: type[BaseModel]) -> dict[str, Any] | None:
    """Return the JSON schema of a payload without defaults of secrets; None if pydantic can't make one."""
    try:
        schema: dict[str, Any] = shown_schema(make_json_schema(model), _find_default_secrets(model))
    except PydanticUserError:  # a type of the project that pydantic can validate but not describe
        return None
    return schema


def _find_default_secrets(model: type[BaseModel]) -> Secrets:
    """Return the secrets that the defaults of the model and of the models in it carry."""
    found = Secrets()
    for one in find_models(model):
        for field in one.model_fields.values():
            for text in find_carried(field.default).texts:
                found.add(text)
    return found


def _shown_step(step: StepBlueprint) -> StepBlueprint:
    """Return the step without the secrets among its options, and those to which its form defaults."""
    options: dict[str, Any] = masked(step.options)
    request = options.get("request")
    if isinstance(request, dict) and request.get("form_schema"):
        options["request"] = {**request, "form_schema": shown_schema(request["form_schema"])}
    return step.model_copy(update={"options": options})


def _newest_readable(definitions: Sequence[Definition]) -> Blueprint | None:
    found = (parse_blueprint(row.blueprint, row.pk) for row in definitions)
    return next((blueprint for blueprint in found if isinstance(blueprint, Blueprint)), None)


def _summary(
    name: str, cls: type[CompiledWorkflow] | None, recent: RecentRuns, blueprint: Blueprint | None = None
) -> WorkflowSummary:
    known = cls.blueprint if cls else blueprint
    return WorkflowSummary(
        name=name,
        doc=inspect.cleandoc(cls.__doc__ or "") if cls else "",
        installed=cls is not None,
        triggers=known.triggers if known else (),
        recent=recent,
    )


def _newest_runs(name: str, most: int) -> RecentRuns:
    runs = Run.objects.using(conf.database()).filter(workflow=name).order_by("-created_at", "-id")
    counted = Counter(runs.values_list("status", flat=True)[:most])
    finished = counted[RunStatus.FAILED.value] + counted[RunStatus.COMPLETED.value]
    return RecentRuns(
        examined=counted.total(),
        by_status={status.value: counted[status.value] for status in RunStatus if counted[status.value]},
        failure_rate=counted[RunStatus.FAILED.value] / finished if finished else None,
        last=next(iter(_runs(name, 1)), None) if counted else None,
    )


def _runs(name: str, most: int) -> tuple[RunSummary, ...]:
    runs = Run.objects.using(conf.database()).filter(workflow=name).defer("payload", "schedule")
    return tuple(RunSummary(**summary_fields(run)) for run in runs.order_by("-created_at", "-id")[:most])


def _schemas(cls: type[CompiledWorkflow]) -> dict[str, dict[str, Any] | None]:
    return {name: payload_schema(model) for name, model in cls.payload_models.items()}


def _unknown(name: str) -> WorkflowNotFound:
    known = sorted(cls.workflow_name for cls in registry.list_workflows())
    return WorkflowNotFound(
        f"No workflow is named {name!r}{did_you_mean(name, known)}; known: {join_quoted(known)}.",
        workflow=name,
        known=known,
    )
