"""A step sees the same whether its worker goes on or another worker takes over."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from squid_mesh import api
from squid_mesh.engine.settle.execution import Execution, settle_and_claim_next
from squid_mesh.engine.worker import slice
from squid_mesh.store.values import Claim
from tests.host import misbehaving as code
from tests.host.runs import driven, run_until_idle, seen


@pytest.fixture(autouse=True)
def clean(db: None) -> None:
    code.SEEN.clear()
    code.PLAN.clear()


def test_a_step_cannot_change_what_the_next_one_sees() -> None:
    run_id = driven(code.Mutates, {"items": ["a"]})
    assert seen(run_id).status == "completed"
    assert code.SEEN == [["a"]]


def test_order_and_numbers_are_the_same_after_a_retry() -> None:
    run_id = driven(code.Ordered)
    inline = code.SEEN.pop()
    api.rewind_run(run_id, "two")
    run_until_idle()
    assert [inline] == code.SEEN


def test_aliases_in_the_models_own_configuration() -> None:
    run_id = driven(code.Camel, {"account_id": 4, "api_key": "sesame-sesame"})
    run = seen(run_id)
    assert "sesame" not in str(run.payload)
    assert "hunter2" not in run.model_dump_json()
    assert run.status == "completed", run.error
    assert code.SEEN == [4, (4, "hunter2-hunter2")]


def test_a_bypassed_step_has_no_output() -> None:
    run_id = driven(code.Bypasses)
    assert seen(run_id).status == "completed", seen(run_id).error
    assert code.SEEN == [5]


def test_a_bypassed_step_changes_no_payload() -> None:
    run_id = driven(code.BypassesPayload)
    assert seen(run_id).status == "completed", seen(run_id).error
    assert code.SEEN == [3]


def test_a_base_exception_of_a_steps_own_is_recorded() -> None:
    run_id = driven(code.Raises)
    assert seen(run_id).status == "failed"


def test_a_number_too_large_for_python_to_write_is_the_steps_failure() -> None:
    run_id = driven(code.Huge)
    assert seen(run_id).status == "failed"
    assert code.SEEN == ["huge"]


def test_a_value_too_large_for_the_database_is_no_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = OperationalError("string too long to represent as jsonb string")
    refused.__cause__ = Exception()
    refused.__cause__.sqlstate = "54000"  # type: ignore[attr-defined]
    tries = [refused]

    def settle_or_refuse(done: Execution) -> Claim | None:
        if tries:
            raise tries.pop()
        return settle_and_claim_next(done)

    monkeypatch.setattr(slice, "settle_and_claim_next", settle_or_refuse)
    run = seen(driven(code.Bypasses))
    assert (run.status, (run.error or {})["code"]) == ("failed", "unstorable_result")
