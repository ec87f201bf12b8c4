"""What a step sees has to be the same whether its worker went on or another took over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from squid_mesh import api
from squid_mesh.store.rows import make_due
from squid_mesh.testing import run_until_idle
from tests.host.looking import driven, seen
from tests.review import code


@pytest.fixture(autouse=True)
def clean(db: None) -> Iterator[None]:
    code.SEEN.clear()
    code.PLAN.clear()
    yield


def test_a_step_cannot_change_what_the_next_one_sees() -> None:
    run_id = driven(code.Mutates, {"items": ["a"]})
    assert seen(run_id).status == "completed"
    assert code.SEEN == [["a"]]


def test_order_and_types_are_the_same_after_a_retry() -> None:
    run_id = driven(code.Ordered)
    inline = code.SEEN[0]
    code.SEEN.clear()
    api.rewind_run(run_id, "two")
    run_until_idle()
    assert code.SEEN[0] == inline


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


def test_a_bypassed_step_leaves_the_payload_alone() -> None:
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
