"""Replaying a run."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.exceptions import IdempotencyConflict, IllegalAction, IrreversibleSteps, PayloadError
from squid_mesh.models import Run
from tests.host import steps, workflows
from tests.host.broken_runs import expire_leases
from tests.host.runs import claim, driven, events, run_until_idle, seen, settled

Plan = dict[str, Any]


def test_a_replay_is_a_new_run_linked_to_the_old_one(calls: list[str]) -> None:
    old = driven(workflows.Chain, {"order_id": 4}, idempotency_key="k")
    new = api.replay_run(old, actor="ops", reason="again")
    assert (new.replay_of, new.idempotency_key, new.status) == (old, None, "pending")
    assert seen(new.id).payload == {"order_id": 4}
    run_until_idle()
    assert calls == ["one", "two", "three"] * 2
    event, first = seen(old).events[-1], seen(new.id).events[0]
    assert (event.type, event.actor, event.comment) == ("run_replayed", "ops", "again")
    assert event.data == {"replay": str(new.id), "repeated": []}
    assert first.data == {"trigger": "manual", "replay_of": str(old)}


def test_a_replay_keeps_the_subject() -> None:
    from tests.host.models import Order

    order = Order.objects.create(note="n")
    old = driven(workflows.Single, subject=order)
    assert api.replay_run(old).subject == ("host.order", str(order.pk))


def test_a_replay_can_have_another_payload() -> None:
    old = driven(workflows.Chain, {"order_id": 4})
    assert seen(api.replay_run(old, payload={"order_id": 5}).id).payload == {"order_id": 5}
    with pytest.raises(PayloadError):
        api.replay_run(old, payload={"order_id": "x"})
    assert Run.objects.count() == 2
    assert events(old).count("run_replayed") == 1


def test_a_replay_with_a_key_happens_once() -> None:
    old, other = driven(workflows.Chain, {"order_id": 4}), driven(workflows.Chain, {"order_id": 4})
    new = api.replay_run(old, idempotency_key="k")
    assert api.replay_run(old, idempotency_key="k").id == new.id
    assert events(old).count("run_replayed") == 1
    for conflicting in (
        lambda: api.replay_run(other, idempotency_key="k"),
        lambda: api.replay_run(old, payload={"order_id": 5}, idempotency_key="k"),
        lambda: api.start_run(workflows.Chain, {"order_id": 4}, idempotency_key="k"),
    ):
        with pytest.raises(IdempotencyConflict):
            conflicting()


def test_only_a_finished_run_can_be_replayed() -> None:
    run_id = api.start_run(workflows.Chain).id
    with pytest.raises(IllegalAction):
        api.replay_run(run_id)
    assert Run.objects.count() == 1


def test_a_replay_repeats_nothing_irreversible_unless_allowed() -> None:
    old = driven(workflows.Pays, {"order_id": 4})
    with pytest.raises(IrreversibleSteps) as caught:
        api.replay_run(old)
    assert (caught.value.code, caught.value.details["steps"]) == ("irreversible_steps", ["ship"])
    new = api.replay_run(old, allow_irreversible=True)
    assert new.replay_of == old
    assert seen(old).events[-1].data["repeated"] == ["ship"]


def test_a_failed_irreversible_step_can_be_repeated(plan: Plan) -> None:
    plan["ship"] = steps.Broken()
    assert api.replay_run(driven(workflows.Pays, {"order_id": 4})).replay_of is not None


def test_an_irreversible_step_whose_worker_died_counts_as_repeated() -> None:
    run_id = api.start_run(workflows.Pays, {"order_id": 4}).id
    settled(claim(run_id))
    assert claim(run_id)[0].name == "ship"
    expire_leases(run_id)
    recover_lost_steps()
    api.cancel_run(run_id)
    with pytest.raises(IrreversibleSteps):
        api.replay_run(run_id)
