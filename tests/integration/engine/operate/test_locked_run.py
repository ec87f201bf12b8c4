"""What holds for every action on a step: its permission, its status, its visit, its transaction."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from squid_mesh import api
from squid_mesh.exceptions import (
    IllegalAction,
    NotPermitted,
)
from tests.host import workflows
from tests.host.broken_runs import start_failed_chain, start_with_unknown_outcome
from tests.host.people import person
from tests.host.runs import claim, driven, run_until_idle, seen, settled

Plan = dict[str, Any]

REMEDIES = (api.retry_step, api.skip_step, api.resolve_step)


@pytest.mark.parametrize("action", REMEDIES)
@pytest.mark.parametrize("name", ["one", "two"])
def test_a_running_or_ended_step_rejects_the_action(action: Any, name: str) -> None:
    run_id = api.start_run(workflows.Chain).id
    settled(claim(run_id))
    claim(run_id)
    before = seen(run_id)
    with pytest.raises(IllegalAction) as caught:
        action(run_id, name)
    assert caught.value.details["step"] == name
    assert seen(run_id) == before


@pytest.mark.parametrize("action", REMEDIES)
def test_each_action_requires_its_permission(action: Any) -> None:
    run_id = start_with_unknown_outcome()
    before = seen(run_id)
    needed = f"squid_mesh.{action.__name__}"
    with pytest.raises(NotPermitted) as caught:
        action(run_id, "check", actor=person("eve"))
    assert caught.value.details == {"action": action.__name__, "permission": needed}
    assert seen(run_id) == before
    output = {"output": {"reference": "x", "amount": 1}} if action is api.resolve_step else {}
    action(run_id, "check", actor=person("ada", needed), **output)
    assert seen(run_id).events[2].actor == "ada"


def test_an_action_in_a_rolled_back_transaction_has_no_effect(plan: Plan) -> None:
    run_id = start_failed_chain(plan)
    before = seen(run_id)
    with transaction.atomic():
        api.retry_step(run_id, "two")
        transaction.set_rollback(True)
    assert seen(run_id) == before


@pytest.mark.parametrize("act", [api.retry_step, api.skip_step, api.resolve_step, api.rewind_run])
def test_an_action_on_another_visit_than_the_person_saw_is_rejected(act: Any, plan: Plan) -> None:
    plan["two"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Chain)
    api.rewind_run(run_id, "one", visit=1)
    run_until_idle()
    before = seen(run_id)
    for visit in (1, 3, 0, -1):
        with pytest.raises(IllegalAction) as refused:
            act(run_id, "two", visit=visit)
        details = refused.value.details
        assert (details["step"], details["visit"], details["step_status"]) == ("two", 2, "failed")
    assert seen(run_id) == before
    assert act(run_id, "two", visit=2).status == "running"
