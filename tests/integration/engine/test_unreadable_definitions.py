"""A step whose run has a definition that can't be read is given back: no attempt, no crash, no busy loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import Workflow, api, step
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.broker import Broker
from squid_mesh.models import Attempt, Definition, Run, StepRun
from squid_mesh.store import missing
from squid_mesh.store.definitions import read_blueprint
from squid_mesh.store.values import MissingCode
from tests.host import steps, workflows
from tests.host.broken_runs import expire_leases
from tests.host.runs import claim, run_until_idle, seen

pytestmark = pytest.mark.django_db(transaction=True)
Json = dict[str, Any]


class Careful(Workflow):
    first = step(steps.act, on_crash="pause")
    second = step(steps.act, on_crash="pause")
    flow = first >> second


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(delivery, "_pulse", None)
    read_blueprint.cache_clear()
    yield
    read_blueprint.cache_clear()


def without(key: str) -> Callable[[Json], Json]:
    return lambda stored: {name: value for name, value in stored.items() if name != key}


def renamed(stored: Json) -> Json:
    edges = [edge | {"target": "elsewhere"} for edge in stored["edges"]]
    return stored | {"edges": edges}


def other_step(stored: Json) -> Json:
    first, second = stored["steps"]
    return stored | {"edges": [], "steps": [first | {"name": "third"}, second]}


def cycle(stored: Json) -> Json:
    [edge] = [edge for edge in stored["edges"] if edge["source"] == "first"]
    back = edge | {"source": edge["target"], "target": edge["source"]}
    return stored | {"edges": [edge, back]}


DAMAGES: dict[str, Callable[[Json], Any]] = {
    "no steps": without("steps"),
    "steps that are no list": lambda stored: stored | {"steps": 7},
    "a text": lambda stored: "a text",
    "a list": lambda stored: [],
    "a format that is no number": lambda stored: stored | {"format": "one"},
    "an edge to a step that isn't there": renamed,
    "another step": other_step,
    "a cycle": cycle,
    "two steps of one name": lambda stored: stored | {"steps": stored["steps"] * 2},
}


def damage(run_id: UUID, how: Callable[[Json], Any]) -> None:
    definition = Definition.objects.get(pk=Run.objects.get(pk=run_id).definition_id)
    changed = how(definition.blueprint)
    Definition.objects.filter(pk=definition.pk).update(blueprint=changed)
    read_blueprint.cache_clear()


@pytest.mark.parametrize("how", DAMAGES.values(), ids=DAMAGES)
def test_a_step_with_an_invalid_definition_is_given_back_and_left(
    how: Callable[[Json], Any], calls: list[str]
) -> None:
    run_id = api.start_run(Careful).id
    damage(run_id, how)
    other = api.start_run(workflows.Single).id
    for _ in range(3):
        delivery.deliver()
    assert calls == ["only"]
    assert seen(other).status == "completed"
    row = StepRun.objects.get(run_id=run_id)
    assert (row.status, row.claim_token, row.lease_until) == ("ready", None, None)
    assert (row.attempt_number, row.crashes, row.failures) == (0, 0, 0)
    assert not Attempt.objects.filter(step__run_id=run_id).exists()


@pytest.mark.parametrize("how", [without("steps"), cycle, renamed], ids=["no steps", "a cycle", "an edge"])
def test_its_explanation_says_that_the_definition_is_unreadable(how: Callable[[Json], Any]) -> None:
    run_id = api.start_run(Careful).id
    damage(run_id, how)
    delivery.deliver()
    assert api.explain_run(run_id).reason == "unreadable_definition"


def test_the_broker_makes_no_more_deliveries_for_it() -> None:
    broker = Broker("tests")
    assert broker.ping()
    run_id = api.start_run(Careful).id
    damage(run_id, without("steps"))
    assert len(broker._deliveries()) == 1
    delivery.deliver()
    assert broker._deliveries() == []


def test_a_worker_lost_with_it_is_no_reason_to_try_again(caplog: pytest.LogCaptureFixture) -> None:
    run_id = api.start_run(Careful).id
    claim(run_id)
    expire_leases(run_id)
    damage(run_id, without("steps"))
    for _ in range(3):
        delivery.deliver(recover_first=True)
    assert caplog.text.count("can't be recovered") == 1
    assert StepRun.objects.get(run_id=run_id).crashes == 0


def test_a_process_that_can_read_it_executes_it(calls: list[str]) -> None:
    run_id = api.start_run(Careful).id
    stored = Definition.objects.get(pk=Run.objects.get(pk=run_id).definition_id).blueprint
    damage(run_id, without("steps"))
    delivery.deliver()
    damage(run_id, lambda _: stored)
    missing._own.clear()  # another process
    run_until_idle()
    assert calls == ["first", "second"]
    assert seen(run_id).status == "completed"


def test_a_step_that_waited_for_a_retry_waits_as_before(plan: dict[str, Any]) -> None:
    run_id = api.start_run(workflows.Retries).id
    plan["flaky"] = [ValueError("busy")]
    run_until_idle()
    before = StepRun.objects.get(run_id=run_id)
    damage(run_id, without("steps"))
    StepRun.objects.filter(run_id=run_id).update(due_at=before.created_at)
    delivery.deliver()
    row = StepRun.objects.get(run_id=run_id)
    assert (row.status, row.waiting_for, row.failures) == ("waiting", "retry", 1)
    assert (row.attempt_number, row.crashes) == (1, 0)
    assert Run.objects.get(pk=run_id).status == "retrying"


def test_starting_its_workflow_makes_the_process_read_it_again(calls: list[str]) -> None:
    fingerprint = Careful.blueprint.fingerprint
    missing.share()
    missing.remember(MissingCode(definition=fingerprint), until=monotonic() + 60, left=True, now=monotonic())
    assert missing.list_left().definitions == (fingerprint,)
    api.start_run(Careful)
    assert not missing.list_left()
    run_until_idle()
    assert calls == ["first", "second"]
