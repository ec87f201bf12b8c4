"""Constraints hold for every status, those that don't exist yet included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from squid_mesh import api
from squid_mesh.lifecycle import AttemptOutcome, RunStatus, StepStatus, WaitingFor
from squid_mesh.models import Run, StepRun
from tests.host import workflows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = {member.value for enum in (RunStatus, StepStatus, WaitingFor, AttemptOutcome) for member in enum}
MODELS = list(apps.get_app_config("squid_mesh").get_models())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_no_constraint_and_no_field_lists_statuses(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint):
            assert not _values(constraint.condition) & VALUES, constraint.name
    assert [field.name for field in model._meta.local_fields if field.choices] == []


def _values(condition: Any) -> set[Any]:
    if isinstance(condition, models.Q):
        return {value for child in condition.children for value in _values(child)}
    value = condition[1]
    return set(value) if isinstance(value, list | tuple) else {value}


def test_a_status_that_does_not_exist_yet_can_be_stored() -> None:
    run_id = api.start_run(workflows.Single).id
    Run.objects.filter(pk=run_id).update(status="undoing", finished_at=NOW)
    held = {"claim_token": UUID(int=1), "lease_until": NOW, "due_at": None}
    StepRun.objects.filter(run_id=run_id).update(status="undoing", **held)
    assert StepRun.objects.get().status == "undoing"


@pytest.mark.parametrize(
    "wrong",
    [
        {"claim_token": UUID(int=1), "lease_until": None, "due_at": None},
        {"claim_token": None, "lease_until": NOW, "due_at": None},
        {"claim_token": UUID(int=1), "lease_until": NOW, "due_at": NOW},
    ],
)
def test_a_claimed_step_has_a_lease_and_is_not_due(wrong: dict[str, Any]) -> None:
    api.start_run(workflows.Single)
    with pytest.raises(IntegrityError), transaction.atomic():
        StepRun.objects.update(**wrong)
