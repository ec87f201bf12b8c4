"""Addresses and forms with a character that no database stores: not found or refused, never a broken page."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh.models import AuditEvent, Run
from tests.host import people, workflows
from tests.host.runs import driven, events, seen

BASE = "/admin/squid_mesh/"
VIEWS = tuple(f"squid_mesh.view_{model}" for model in ("run", "steprun", "attempt", "auditevent", "trigger"))
ACTS = (
    "cancel_run",
    "comment_run",
    "unblock_run",
    "decide_approval",
    "unmask_run",
    "start_run",
    "change_trigger",
)
MAY = (*VIEWS, *(f"squid_mesh.{permission}" for permission in ACTS))
#: Each has a NUL character, which no database stores, in one place.
LISTS = [
    *(
        f"run/?{name}=%00"
        for name in ("q", "workflow", "status", "trigger", "since", "attention", "p", "o", "e")
    ),
    *(
        "run/?q=payload:%00",
        "run/?id=%00",
        "run/?trigger__contains=%00",
        "run/?%00=1",
        "run/?e=1&trigger=%00",
    ),
    *(
        f"steprun/?{name}=%00"
        for name in ("q", "status", "status__exact", "waiting_for__exact", "name", "run__id")
    ),
    *("attempt/?q=%00", "attempt/?outcome__exact=%00", "attempt/?worker=%00"),
    *("auditevent/?q=%00", "auditevent/?type=%00", "auditevent/?actor_text=%00"),
    *(
        "trigger/?q=%00",
        "trigger/?workflow=%00",
        "trigger/?name__startswith=%00",
        "trigger/?enabled__exact=%00",
    ),
]
PAGES = [
    *("run/%00/change/", "run/%00/history/", "run/%00/delete/", "run/%00/"),
    *(f"{model}/%00/change/" for model in ("steprun", "attempt", "auditevent", "trigger")),
    *(
        "workflows/%00/",
        "workflows/host.Chain/start/%00/",
        "workflows/%00/start/manual/",
        "waiting/?after=%00",
    ),
    *("trigger/%00/fire/", "%00/"),
    *("run/{run}/act/%00/", "run/{run}/act/unblock_run/?step=%00", "run/{run}/attempts/%00/1/"),
    *("run/{run}/attempts/ready/99999999999999999999999/", "run/{run}/change/?before=%00"),
]


@pytest.mark.parametrize("address", LISTS)
def test_a_filter_that_no_row_can_have_is_no_server_error(address: str, staff: Any) -> None:
    driven(people.Holds)
    assert staff(*MAY).get(BASE + address).status_code in (200, 302, 400)


@pytest.mark.parametrize("address", PAGES)
def test_an_address_that_no_row_can_have_is_not_found(address: str, staff: Any) -> None:
    run_id = driven(people.Holds)
    place = (
        address
        if address.startswith(("run/", "trigger/", "steprun/", "attempt/", "auditevent/"))
        else f"run/{address}"
    )
    response = staff(*MAY).get(BASE + place.format(run=run_id))
    assert response.status_code in (302, 403, 404) or "before=" in address
    if response.status_code == 302:  # as Django answers for a row that isn't there
        assert response["Location"] in (
            "/admin/",
            "change/",
            f"{BASE}run/%00/change/",
            f"{BASE}trigger/%00/fire/change/",
        )


@pytest.mark.parametrize("model", ["run", "trigger"])
@pytest.mark.parametrize("key", ["\x00", "x"])
def test_a_selected_key_that_no_row_can_have_is_a_bad_request(model: str, key: str, staff: Any) -> None:
    action = {"run": "bulk_cancel", "trigger": "fire_now"}[model]
    sent = {"action": action, "_selected_action": [key]}
    assert staff(*MAY).post(f"{BASE}{model}/", sent).status_code == 400


@pytest.mark.parametrize("field", ["comment", "visit", "data", "exit", "answer-why"])
@pytest.mark.parametrize(
    "action", ["unblock_run?step=ready", "cancel_run", "comment_run", "decide_approval?step=ready"]
)
def test_a_form_with_a_text_that_no_database_stores_is_rejected(field: str, action: str, staff: Any) -> None:
    run_id = driven(people.Holds)
    address = f"{BASE}run/{run_id}/act/{action.replace('?', '/?')}" + ("" if "?" in action else "/")
    response = staff(*MAY).post(address, {"comment": "", "visit": "", field: "\x00"})
    assert response.status_code in (302, 409, 422)
    assert not AuditEvent.objects.filter(comment__contains="\ufffd").exists()


def test_a_bulk_reason_that_no_database_stores_is_rejected_for_each_run(staff: Any) -> None:
    run_id = driven(people.Holds)
    sent = {"action": "bulk_cancel", "_selected_action": [str(run_id)], "confirmed": "1"}
    response = staff(*MAY).post(
        f"{BASE}run/", {**sent, "item": [f"{run_id}:0::"], "reason": "\x00"}, follow=True
    )
    assert "NUL" in response.content.decode()
    assert events(run_id) == ["run_started", "paused"]
    for item in ("\x00", f"{run_id}:0:\x00:"):
        assert (
            staff(*MAY, name=f"bob{len(item)}").post(f"{BASE}run/", {**sent, "item": [item]}).status_code
            == 302
        )


def test_secrets_are_not_revealed_for_a_reason_that_no_database_stores(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123"})
    response = staff(*MAY).post(f"{BASE}run/{run_id}/reveal/", {"reason": "a\x00b"}, follow=True)
    assert "tok-123" not in response.content.decode()
    assert "NUL" in response.content.decode()
    assert "secrets_revealed" not in events(run_id)


@pytest.mark.parametrize("sent", [{"run-idempotency_key": "\x00"}, {"payload-token": "\x00"}])
def test_a_run_with_a_text_that_no_database_stores_is_not_started(sent: dict[str, str], staff: Any) -> None:
    address = f"{BASE}run/workflows/host.Secret/start/manual/"
    assert staff(*MAY).post(address, {"payload-token": "x", **sent}).status_code in (200, 422)
    assert not Run.objects.exists()


def test_a_replay_with_a_payload_that_no_database_stores_is_rejected(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123"})
    client = staff(*MAY, "squid_mesh.replay_run")
    address = f"{BASE}run/{run_id}/act/replay_run/"
    for written in ('{"token": "x", "note": "\\u0000"}', '{"token": "x", "note": "\\ud800"}'):
        assert client.post(address, {"payload": written}).status_code == 422
    assert Run.objects.count() == 1
    assert seen(run_id).status == "completed"
