"""One test for all workflows, against the installed code and what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from squid_mesh import Workflow, api, step
from squid_mesh.definitions import registry
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.engine.settle.results import Done
from squid_mesh.models import AuditEvent, Definition, Run, StepRun
from squid_mesh.testing import check_workflows, drain
from squid_mesh.testing.errors import WorkflowProblems
from tests.host import people, steps, workflows
from tests.host.runs import claim, settled


@pytest.fixture(autouse=True)
def loaded_again() -> Iterator[None]:
    load_code.cache_clear()
    yield
    load_code.cache_clear()


def find_problems() -> list[str]:
    with pytest.raises(AssertionError) as caught:
        check_workflows()
    assert isinstance(caught.value, WorkflowProblems)
    problems = caught.value.details["problems"]
    assert all(f"- {problem}" in str(caught.value) for problem in problems)
    return problems


def test_sound_workflows_with_sound_runs_pass() -> None:
    for workflow in (workflows.Sleeps, workflows.Counts, people.Reviews, people.Escalates):
        api.start_run(workflow)
    drain()
    check_workflows()


def test_errors_of_definitions_are_listed() -> None:
    with registry.isolate(), registry.collect_problems():

        class Broken(Workflow):
            one = step(steps.act)
            two = step(steps.act)

        problems = find_problems()
        assert [str(problem) for problem in Broken.problems] == problems


def test_code_of_installed_workflows_that_is_missing_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(steps, "guard")
    monkeypatch.delattr(steps, "Busy")
    monkeypatch.delattr(people, "Tariff")
    monkeypatch.delattr(people, "reviewer")
    problems = " ".join(find_problems())
    assert "Workflow host.Guarded, step maybe" in problems
    assert "Workflow host.Picky, step flaky" in problems
    assert "Workflow host.Tariffs, step review" in problems
    assert "tests.host.people:reviewer" in problems


def test_stored_definitions_with_missing_code_are_listed_unless_their_runs_are_finished() -> None:
    api.start_run(workflows.Single)
    [row] = Definition.objects.all()
    row.blueprint["steps"][0]["target"] = "tests.host.steps:removed"
    Definition.objects.update(blueprint=row.blueprint)
    [problem] = find_problems()
    assert problem.startswith(f"Stored definition {row.pk[:8]} of host.Single, step only: The code at")
    Run.objects.update(status="completed")
    check_workflows()


def test_a_stored_definition_without_runs_is_checked_too() -> None:
    blueprint = workflows.Single.blueprint.model_dump(mode="json")
    blueprint["steps"][0]["when"] = "tests.host.steps:removed"
    row = Definition(fingerprint="f" * 64, workflow="host.Single", blueprint=blueprint)
    row.created_at = timezone.now()
    row.save()
    assert len(find_problems()) == 1


def test_an_export_of_stored_definitions_can_be_loaded_and_checked(tmp_path: Path) -> None:
    export = tmp_path / "definitions.json"
    api.start_run(workflows.Single)
    Definition.objects.update(blueprint={"format": 99})
    call_command("dumpdata", "squid_mesh.definition", output=str(export))
    for table in (AuditEvent, StepRun, Run, Definition):
        table.objects.all()._raw_delete("default")
    check_workflows()
    call_command("loaddata", str(export), verbosity=0)
    assert len(find_problems()) == 1


def test_a_stored_definition_of_a_newer_version_is_listed() -> None:
    api.start_run(workflows.Single)
    Definition.objects.update(blueprint={"format": 99})
    [problem] = find_problems()
    assert "of host.Single" in problem
    assert "format 99" in problem


def test_a_run_whose_next_step_has_other_parameters_now_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = api.start_run(workflows.Pays, {"order_id": 7})

    class Charge(steps.Charge):
        def run(self, order_id: int, currency: str) -> None:
            """Charge in a currency, which earlier runs don't have."""

    monkeypatch.setattr(steps, "Charge", Charge)
    [problem] = find_problems()
    assert problem == (
        f"Run {run.id} of host.Pays can't continue at step charge: currency: the state has no 'currency'. "
        "The state contains: order_id."
    )


def test_a_run_whose_stored_output_does_not_fit_is_listed() -> None:
    run = api.start_run(workflows.Counts, {"amount": 3})
    settled(claim(run.id), Done("ok", {"amount": "many"}))
    [problem] = find_problems()
    assert problem.startswith(f"Run {run.id} of host.Counts can't continue at step count: amount: ")


def test_a_step_whose_code_can_no_longer_be_called_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    api.start_run(workflows.Single)
    monkeypatch.setattr(steps, "act", lambda *values: None)
    assert any("can't continue at step only" in problem for problem in find_problems())
