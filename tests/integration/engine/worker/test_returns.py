"""What a step returns is read by its annotation: it is stored as validated, or the step fails at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from squid_mesh import Outcome, api
from squid_mesh.exceptions import InvalidArgument
from tests.host import returns
from tests.host.returns import WORKFLOWS, Invoice, Point
from tests.host.runs import driven, row, run_until_idle, seen


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    returns.returned.clear()
    returns.read.clear()


def changed(amount: Any) -> Invoice:
    invoice = Invoice(amount=1)
    invoice.amount = amount
    return invoice


VALID: list[tuple[str, Any, Any]] = [
    ("model", {"amount": "12"}, {"amount": 12, "due": None, "token": None}),
    ("model", Invoice(amount=3), {"amount": 3, "due": None, "token": None}),
    ("model", changed("4"), {"amount": 4, "due": None, "token": None}),
    ("models", ({"amount": n} for n in (1, 2)), [{"amount": n, "due": None, "token": None} for n in (1, 2)]),
    ("either", {"sides": "3"}, {"sides": 3}),
    ("shape", {"sides": 3.0}, {"sides": 3}),
    ("point", {"x": "1"}, {"x": 1}),
    ("point", Point(2), {"x": 2}),
    ("positive", "7", 7),
    ("generic", {"body": "5"}, {"body": 5}),
    ("iterable", (str(n) for n in (1, 2)), [1, 2]),
    ("nothing", None, None),
    ("anything", {"a": [1]}, {"a": [1]}),
    ("undeclared", "x", "x"),
    ("labelled", Outcome("late", {"sides": "3"}), {"sides": 3}),
    ("loose", Outcome("late", "x"), "x"),
    ("loose", Outcome("ok", {"amount": "1"}), {"amount": 1, "due": None, "token": None}),
]


@pytest.mark.parametrize(("name", "value", "stored"), VALID)
def test_the_validated_value_is_stored(name: str, value: Any, stored: Any) -> None:
    returns.returned.append(value)
    run_id = driven(WORKFLOWS[name])
    assert seen(run_id).status == "completed"
    assert row(run_id, "give").output == stored
    assert returns.read == [stored]


INVALID: list[tuple[str, Any, str]] = [
    ("model", {"amount": "many"}, "amount"),
    ("model", {"amount": -1}, "amount"),
    ("model", {}, "amount"),
    ("model", None, "__all__"),
    ("model", changed("many"), "amount"),
    ("broken", {}, "amount"),
    ("models", [{"amount": 1}, {"amount": "x"}], "1.amount"),
    ("shape", {"sides": "x"}, "sides"),
    ("point", Point("x"), "x"),  # type: ignore[arg-type]
    ("positive", 0, "__all__"),
    ("generic", {"body": "x"}, "body"),
    ("iterable", ["x"], "0"),
    ("nothing", "x", "__all__"),
    ("labelled", Outcome("late", {"amount": 1}), "sides"),
    ("labelled", {"sides": 3}, "amount"),
    ("loose", Outcome("ok", {}), "amount"),
]


@pytest.mark.parametrize(("name", "value", "path"), INVALID)
def test_an_invalid_value_is_the_error_of_its_own_step(name: str, value: Any, path: str) -> None:
    returns.returned.append(value)
    run_id = driven(WORKFLOWS[name])
    step = row(run_id, "give")
    assert (step.status, step.error["code"], step.attempt_number) == ("failed", "invalid_output", 1)
    assert path in step.error["details"]["errors"]
    assert step.error["details"]["expected"] in step.error["message"]
    assert seen(run_id).error["step"] == "give"
    assert not returns.read


def test_the_error_repeats_no_secret() -> None:
    returns.returned.append({"amount": 1, "token": "s3cr3t"})
    run_id = driven(WORKFLOWS["model"])
    error = row(run_id, "give").error
    assert "token" in error["details"]["errors"]
    assert "s3cr3t" not in str(error)


def test_a_result_that_a_person_enters_is_read_the_same_way() -> None:
    returns.returned.append(Outcome("late", {}))
    run_id = driven(WORKFLOWS["labelled"])
    with pytest.raises(InvalidArgument) as caught:
        api.resolve_step(run_id, "give", outcome="late", output={"sides": "x"})
    assert list(caught.value.details["errors"]) == ["sides"]
    api.resolve_step(run_id, "give", outcome="late", output={"sides": "4"})
    assert row(run_id, "give").output == {"sides": 4}


def test_a_list_of_a_step_class_is_not_shared_between_runs() -> None:
    for number in (1, 2):
        run_id = driven(returns.Collecting, {"number": number})
        assert row(run_id, "collect").output == {"seen": [number], "by_name": {"a": [1, number]}}


def test_a_step_can_not_change_the_schedule_that_the_next_one_sees() -> None:
    api.refresh_triggers()
    run = api.fire_trigger(returns.Scheduled, "nightly")
    run_until_idle()
    assert row(run.id, "read").output["trigger"] == "nightly"
