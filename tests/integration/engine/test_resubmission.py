"""A repeated submission returns its run: what the caller gave is compared, not what defaults made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from squid_mesh import Workflow, api
from squid_mesh.exceptions import IdempotencyConflict
from squid_mesh.models import Run
from tests.host import defaults, models
from tests.host.defaults import Address, ByHand, ByMail, Line

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
IN_BERLIN = NOON.astimezone(timezone(timedelta(hours=1)))
Payload = defaults.Order.Payload


def start(payload: Any = None, workflow: type[Workflow] = defaults.Order, **more: Any) -> api.StartedRun:
    trigger = "by_hand" if workflow is defaults.Order else None
    return api.start_run(workflow, payload, idempotency_key="k", **{"trigger": trigger, **more})


SAME: list[tuple[Any, Any]] = [
    ({}, None),
    ({"lines": [{"SKU": "a"}, {"SKU": "b"}]}, {"lines": [{"SKU": "a"}, {"SKU": "b"}]}),
    ({"lines": [{"SKU": "a"}]}, {"lines": [{"sku": "a"}]}),
    ({"lines": [{"SKU": "a"}]}, {"lines": [Line(SKU="a")]}),
    ({"lines": [{"SKU": "a"}]}, Payload(lines=[Line(SKU="a")])),
    ({"rooted": [{"SKU": "a"}]}, {"rooted": [{"SKU": "a"}]}),
    ({"by_name": {"x": {"SKU": "a"}}}, {"by_name": {"x": {"SKU": "a"}}}),
    ({"address": {"city": "Ulm"}}, {"address": {"city": "Ulm"}}),
    ({"ship": {"kind": "mail", "address": {"city": "Ulm"}}}, {"ship": {"address": {"city": "Ulm"}}}),
    ({"ship": ByHand()}, {"ship": {"kind": "hand"}}),
    ({"options": {"gift": True}}, {"options": {"gift": True}}),
    ({"point": [1]}, {"point": {"x": 1}}),
    ({"point": [1]}, {"point": [1, 0]}),
    ({"amount": "1.0"}, {"amount": "1.00"}),
    ({"amount": 1}, {"amount": Decimal("1.0")}),
    ({"amount": 1}, {}),
    ({"weight": 1}, {"weight": 1.0}),
    ({"count": 2}, {"how_many": 2}),
    ({"count": 2}, {"counts": [2]}),
    ({"count": "2"}, {"count": 2}),
    ({"due": NOON}, {"due": IN_BERLIN}),
    ({"due": "2026-01-01T12:00:00Z"}, {"due": "2026-01-01T13:00:00+01:00"}),
    ({"anything": {"a": 1, "b": [2]}, "count": 1}, {"count": 1, "anything": {"b": [2], "a": 1}}),
    ({"labels": ["b", "a"]}, {"labels": {"a", "b"}}),
    ({"token": "hunter2"}, Payload(token="hunter2")),
]


@pytest.mark.parametrize(("first", "again"), SAME)
def test_equal_input_is_the_same_submission(first: Any, again: Any) -> None:
    run = start(first)
    second = start(again)
    assert (second.id, second.existed) == (run.id, True)
    assert start(first).id == run.id
    assert Run.objects.count() == 1


OTHER: list[tuple[Any, Any, list[str]]] = [
    ({"amount": 1}, {"amount": 2}, ["payload.amount"]),
    ({"amount": 2}, {}, ["payload.amount"]),
    ({}, {"count": 2, "weight": 3}, ["payload.count", "payload.weight"]),
    ({"number": 4}, {"number": 5}, ["payload.number"]),
    ({"number": -1}, {}, ["payload.number"]),
    ({"lines": [{"SKU": "a"}]}, {"lines": [{"SKU": "b"}]}, ["payload.lines"]),
    ({"lines": [{"SKU": "a"}]}, {"lines": [{"SKU": "a"}, {"SKU": "a"}]}, ["payload.lines"]),
    ({"lines": [{"SKU": "a", "number": -1}]}, {"lines": [{"SKU": "a"}]}, ["payload.lines"]),
    ({"address": {"city": "Ulm"}}, {"address": {"city": "Rom"}}, ["payload.address"]),
    ({"ship": {"address": {"city": "Ulm"}}}, {"ship": {"kind": "hand"}}, ["payload.ship"]),
    ({"options": {"gift": True}}, {"options": {}}, ["payload.options"]),
    ({"due": NOON}, {"due": NOON + timedelta(seconds=1)}, ["payload.due"]),
    ({"due": "2026-01-01T12:00:00"}, {"due": "2026-01-01T12:00:00Z"}, ["payload.due"]),
    ({"anything": 1}, {"anything": True}, ["payload.anything"]),
    ({"anything": [1]}, {"anything": ["1"]}, ["payload.anything"]),
    ({"anything": None}, {"anything": {}}, ["payload.anything"]),
    ({"token": "hunter2"}, {"token": "hunter3"}, ["payload.token"]),
    ({"ship": ByMail(address=Address("Ulm"))}, {"ship": ByMail(address=Address("Rom"))}, ["payload.ship"]),
]


@pytest.mark.parametrize(("first", "again", "differs"), OTHER)
def test_another_value_is_a_conflict_that_names_the_field(first: Any, again: Any, differs: list[str]) -> None:
    run = start(first)
    with pytest.raises(IdempotencyConflict) as caught:
        start(again)
    assert caught.value.details["differs"] == differs
    assert caught.value.details["run_id"] == str(run.id)
    assert all(name in caught.value.message for name in differs)
    assert "hunter" not in str(caught.value.as_dict())


def test_the_other_arguments_of_a_start_count() -> None:
    order, other = models.Order.objects.create(), models.Order.objects.create()
    given: dict[str, Any] = {"subject": order, "tags": ["a", "b"], "start_at": NOON}
    run = start(**given)
    assert start(**given, actor="someone else").id == run.id
    assert start(**given | {"tags": ["b", "a", "a"], "start_at": IN_BERLIN}).id == run.id
    for name, value in (
        ("subject", other),
        ("subject", None),
        ("tags", ["a"]),
        ("tags", []),
        ("start_at", NOON + timedelta(days=1)),
        ("start_at", None),
        ("trigger", "nightly"),
    ):
        with pytest.raises(IdempotencyConflict) as caught:
            start(**given | {name: value})
        assert caught.value.details["differs"] == [name]
    assert Run.objects.count() == 1


def test_what_a_validator_adds_is_not_compared() -> None:
    run = start({"order_id": 1}, defaults.Stamped)
    assert start({"order_id": 1}, defaults.Stamped).id == run.id
    with pytest.raises(IdempotencyConflict):
        start({"order_id": 2}, defaults.Stamped)
    with pytest.raises(IdempotencyConflict):
        start({"order_id": 1, "stamp": 10**6}, defaults.Stamped)


def test_a_field_that_a_validator_renames_is_compared() -> None:
    run = start({"id": 1}, defaults.Renamed)
    assert start({"id": 1}, defaults.Renamed).id == run.id
    assert start({"order_id": 1}, defaults.Renamed).id == run.id
    with pytest.raises(IdempotencyConflict):
        start({"id": 2}, defaults.Renamed)


def test_a_run_of_an_earlier_version_is_compared_without_what_code_makes() -> None:
    run = start({"amount": 2, "lines": [{"SKU": "a"}]})
    Run.objects.update(by_default=None)
    assert start({"amount": "2.0", "lines": [{"sku": "a"}]}).id == run.id
    with pytest.raises(IdempotencyConflict) as caught:
        start({"lines": [{"sku": "a"}]})
    assert caught.value.details["differs"] == ["payload.amount"]


def test_a_field_that_a_deploy_adds_or_drops_is_no_difference() -> None:
    run = start({"amount": 2})
    payload = {**run_payload(), "dropped": "x"}
    del payload["count"], payload["number"]
    Run.objects.update(payload=payload, by_default=[*Run.objects.get().by_default, ["dropped"]])
    assert start({"amount": 2}).id == run.id
    with pytest.raises(IdempotencyConflict) as caught:
        start({"amount": 2, "count": 3})
    assert caught.value.details["differs"] == ["payload.count"]


def test_no_secret_and_no_value_is_kept_for_the_comparison() -> None:
    start({"token": "hunter2", "lines": [{"SKU": "a"}], "ship": {"kind": "hand"}})
    kept = Run.objects.get().by_default
    assert ["placed"] in kept
    assert ["lines", "0", "number"] in kept
    assert ["ship", "at"] in kept
    assert ["token"] not in kept
    assert "hunter2" not in str(kept)


def test_without_a_key_nothing_is_kept() -> None:
    api.start_run(defaults.Order, trigger="by_hand")
    assert Run.objects.get().by_default is None


def run_payload() -> dict[str, Any]:
    return dict(Run.objects.values_list("payload", flat=True).get())
