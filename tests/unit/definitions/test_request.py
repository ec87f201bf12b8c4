"""Requests to people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from squid_mesh.definitions.request import (
    Deciders,
    EscalationPolicy,
    Request,
    encode_pk,
    encode_username,
    outcome_of,
)

BOARD = EscalationPolicy(groups=("Board",), deadline=60, on_timeout="rejected")
REQUEST = Request(
    kind="approval",
    exits=("approved", "rejected"),
    permission="billing.approve",
    assignees=(encode_pk(7),),
    deadline=datetime(2026, 11, 22, 9, tzinfo=UTC),
    on_timeout=BOARD,
)


def test_a_request_survives_json() -> None:
    stored = REQUEST.as_json()
    assert Request.model_validate(stored) == REQUEST
    assert stored["deadline"] == "2026-11-22T09:00:00Z"
    assert stored["on_timeout"] == {
        "permission": "",
        "groups": ["Board"],
        "deadline": 60,
        "on_timeout": "rejected",
    }


def test_a_request_never_changes() -> None:
    with pytest.raises(ValidationError):
        REQUEST.quorum = 2  # type: ignore[misc]


def test_an_escalation_only_adds_people() -> None:
    wider = REQUEST.escalate(BOARD)
    asked = Deciders(permission="billing.approve", assignees=("pk:7",))
    assert REQUEST.deciders == (asked,)
    assert wider.deciders == (asked, Deciders(groups=("Board",)))
    assert wider.escalated == 1
    again = wider.escalate(EscalationPolicy(permission="billing.all"))
    assert again.deciders == (*wider.deciders, Deciders(permission="billing.all"))
    assert again.escalated == 2


def test_after_an_escalation_its_own_deadline_counts() -> None:
    wider = REQUEST.escalate(BOARD)
    assert wider.on_timeout == "rejected"
    assert wider.deadline is None  # the engine sets it when it stores the request


def test_a_username_is_never_read_as_a_primary_key() -> None:
    assert encode_username("12") != encode_pk(12)
    assert encode_username("pk:12") != encode_pk(12)


@pytest.mark.parametrize(
    ("exit", "outcome"), [("approved", "ok"), ("rejected", "rejected"), ("late", "late")]
)
def test_approved_is_ok_in_the_graph(exit: str, outcome: str) -> None:
    assert outcome_of(exit) == outcome
