"""Reading one value of a run whole: its payload, or the input or the output of a step. Secrets are masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from squid_mesh import conf
from squid_mesh.definitions.blueprint import Blueprint
from squid_mesh.definitions.values.paths import Path
from squid_mesh.definitions.values.texts import is_storable
from squid_mesh.exceptions import RunNotFound, StepNotFound
from squid_mesh.graph.state import merge_secrets
from squid_mesh.inspection.masking import masked
from squid_mesh.inspection.runs.reading import list_input_secrets, list_output_secrets
from squid_mesh.models import Run, StepRun
from squid_mesh.store.definitions import UnreadableBlueprint, parse_blueprint


def read_payload(run_id: UUID) -> Any:
    """Return the run's payload. One query. Raises RunNotFound."""
    run = _get_run(run_id, "schedule", "trace")
    blueprint = parse_blueprint(run.definition.blueprint, run.definition_id)
    if isinstance(blueprint, UnreadableBlueprint):
        return masked(run.payload, ["*"])
    trigger = blueprint.trigger(run.trigger)
    return masked(run.payload, [*(trigger.secrets if trigger else ()), *(run.secrets or ())])


def read_step_value(run_id: UUID, step: str, visit: int, name: str) -> Any:
    """Return the step's ``input`` or ``output`` in that visit, None if it has none. Three queries.

    Raises:
        RunNotFound: there is no such run.
        StepNotFound: the run hasn't reached that step, or not that often.
    """
    run = _get_run(run_id, "payload", "schedule", "trace")
    steps = StepRun.objects.using(conf.database()).filter(run_id=run_id)
    row = (
        steps.filter(name=step, visit=visit).only("name", "secrets", name).first()
        if is_storable(step)
        else None
    )
    if row is None:
        raise StepNotFound(
            f"Run {run_id} has no visit {visit} of step {step}.", run_id=str(run_id), step=step
        )
    blueprint = parse_blueprint(run.definition.blueprint, run.definition_id)
    if isinstance(blueprint, UnreadableBlueprint) or step not in blueprint.by_name:
        return masked(getattr(row, name), [()])
    if name == "output":
        return masked(row.output, list_output_secrets(blueprint.by_name[step], row))
    recorded = steps.filter(name__in=blueprint.by_name).order_by("visit", "id").values_list("name", "secrets")
    return masked(row.input, _input_paths(run, blueprint, step, list(recorded)))


def _input_paths(
    run: Run, blueprint: Blueprint, step: str, recorded: Sequence[tuple[str, Sequence[Path] | None]]
) -> list[Path]:
    in_state = merge_secrets(blueprint, run.trigger, run.secrets, recorded)
    return [*in_state, *list_input_secrets(blueprint.by_name[step].input, in_state)]


def _get_run(run_id: UUID, *without: str) -> Run:
    runs = Run.objects.using(conf.database()).select_related("definition").defer(*without)
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise RunNotFound(f"There is no run {run_id}.", run_id=str(run_id))
    return run
