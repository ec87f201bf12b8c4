"""What a settle hands to the store: above all, whether sleeping clusters are woken up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from squid_mesh import api
from squid_mesh.engine.settle import locked, sequential
from squid_mesh.engine.settle.results import Deferred, Done, Result
from squid_mesh.models import Run, StepRun
from squid_mesh.processes import own
from squid_mesh.store.backend import backend_of
from squid_mesh.store.values import Settled, Settlement
from tests.host import workflows
from tests.host.runs import claim, settled

SETTLEMENTS: list[Settlement] = []


class Recorder:
    """The backend, which also records each settlement."""

    def __init__(self, alias: str) -> None:
        self._backend = backend_of(alias)

    def settle(self, settlement: Settlement) -> Settled | None:
        SETTLEMENTS.append(settlement)
        return self._backend.settle(settlement)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)


@pytest.fixture(autouse=True)
def _recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    SETTLEMENTS.clear()
    for module in (locked, sequential):
        monkeypatch.setattr(module, "backend_of", Recorder)


def settlement_of(workflow: Any, result: Result, *, go_on: bool = False) -> Settlement:
    settled(claim(api.start_run(workflow).id), result, go_on=go_on)
    (settlement,) = SETTLEMENTS
    return settlement


@pytest.mark.parametrize("workflow", [workflows.Chain, workflows.Aside])
@pytest.mark.parametrize(("seconds", "notify"), [(0.5, True), (1.5, True), (1.6, False), (60.0, False)])
def test_clusters_are_woken_up_for_a_step_that_is_due_before_they_poll(
    workflow: Any, seconds: float, notify: bool
) -> None:
    assert settlement_of(workflow, Deferred(seconds, "")).notify is notify


@pytest.mark.parametrize("go_on", [True, False])
def test_clusters_are_woken_up_for_ready_steps_that_the_worker_leaves_to_others(go_on: bool) -> None:
    settlement = settlement_of(workflows.Spread, Done("ok", {}), go_on=go_on)
    assert [step.name for step in settlement.new_steps] == ["left", "right"]
    assert [step.token is not None for step in settlement.new_steps] == [go_on, False]
    assert settlement.notify


@pytest.mark.parametrize("go_on", [True, False])
def test_a_step_that_the_worker_continues_with_needs_no_other_cluster(go_on: bool) -> None:
    settlement = settlement_of(workflows.Aside, Done("ok", None), go_on=go_on)
    assert [step.name for step in settlement.new_steps] == ["after"]
    assert settlement.notify is not go_on


def test_the_supervisor_knows_the_claim_of_a_settle_before_it_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[UUID] = []
    monkeypatch.setattr(own, "show_claim", shown.append)
    settlement = settlement_of(workflows.Chain, Done("ok", {}), go_on=True)
    assert [step.token for step in settlement.new_steps] == shown


@pytest.mark.parametrize("workflow", [workflows.Single, workflows.Crashes])
def test_a_settle_that_makes_nothing_due_wakes_no_cluster(workflow: Any) -> None:
    assert not settlement_of(workflow, Done("ok", None)).notify


def test_the_settlement_expects_the_status_that_the_run_has(plan: dict[str, Any]) -> None:
    run_id = api.start_run(workflows.Aside).id
    held = claim(run_id)
    api.cancel_run(run_id)
    settled(held)
    assert SETTLEMENTS[-1].expect == "cancelling"
    assert Run.objects.get().status == "cancelled"


def test_a_worker_that_stops_claims_no_other_ready_step() -> None:
    run_id = api.start_run(workflows.Aside).id
    assert settled(claim(run_id), go_on=False) is None
    assert set(StepRun.objects.values_list("status", flat=True)) == {"completed", "ready"}


def test_a_worker_that_goes_on_finds_the_ready_step_among_finished_ones() -> None:
    run_id = api.start_run(workflows.Spread).id
    settled(claim(run_id), Done("ok", {}))
    following = settled(claim(run_id), Done("ok", {}), go_on=True)
    assert following is not None
    assert following.name in ("left", "right")


def test_a_worker_that_goes_on_claims_another_ready_step_if_none_follows() -> None:
    run_id = api.start_run(workflows.Crashes).id
    following = settled(claim(run_id), go_on=True)
    assert following is not None
    assert set(StepRun.objects.values_list("status", flat=True)) == {"completed", "running"}
