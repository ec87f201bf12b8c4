"""Starting a run from a form: permission, what is refused, what is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh.models import Run
from tests.host import payloads
from tests.host.runs import seen

FORM = f"/admin/squid_mesh/run/workflows/{payloads.Asks.workflow_name}/start/by_form/"
NOTHING = FORM.replace("by_form", "by_nothing")
GOOD = {
    "payload-customer": "Ada",
    "payload-amount": "12.50",
    "payload-speed": "fast",
    "payload-lines": "[1, 2]",
}
MAY = ("squid_mesh.start_run", "squid_mesh.view_run")


def test_a_run_is_started_as_the_form_says(staff: Any) -> None:
    client = staff(*MAY)
    assert "Nothing was started" not in client.get(FORM).content.decode()
    response = client.post(FORM, {**GOOD, "payload-token": "hunter2"})
    run = Run.objects.get()
    assert response["Location"] == f"/admin/squid_mesh/run/{run.pk}/change/"
    assert run.payload == {
        "customer": "Ada",
        "amount": "12.50",
        "speed": "fast",
        "lines": [1, 2],
        "token": "hunter2",
    }
    assert (run.trigger, run.idempotency_key) == ("by_form", None)
    assert seen(run.pk).events[0].actor == "ada"


def test_a_payload_that_asks_nothing_needs_only_the_button(staff: Any) -> None:
    client = staff(*MAY)
    assert "It asks for nothing." in client.get(NOTHING).content.decode()
    assert client.post(NOTHING).status_code == 302
    assert Run.objects.get().payload == {}


def test_what_the_api_refuses_stands_at_its_field_and_nothing_is_lost(staff: Any) -> None:
    wrong = {
        "payload-customer": "Ada & Sons",
        "payload-amount": "99",
        "payload-lines": "[1, true]",
        "payload-token": "hunter2",
    }
    response = staff(*MAY).post(FORM, wrong)
    assert response.status_code == 200
    assert not Run.objects.exists()
    payload = response.context["payload"]
    assert set(payload.errors) == {"amount"}
    shown = response.content.decode()
    assert "Nothing was started" in shown
    assert "Ada &amp; Sons" in shown
    assert "[1, true]" in shown
    assert "hunter2" not in shown


def test_missing_and_unreadable_answers_are_refused(staff: Any) -> None:
    client = staff(*MAY)
    response = client.post(FORM, {})
    assert set(response.context["payload"].errors) == {"customer", "amount"}
    response = client.post(FORM, {**GOOD, "payload-lines": "{", "payload-speed": "warp"})
    assert set(response.context["payload"].errors) == {"lines", "speed"}
    response = client.post(FORM, {**GOOD, "run-start_at": "soon", "run-idempotency_key": "k"})
    assert set(response.context["options"].errors) == {"start_at"}
    assert not Run.objects.exists()


def test_a_key_starts_once_and_conflicts_are_told(staff: Any) -> None:
    client = staff(*MAY)
    first = client.post(FORM, {**GOOD, "run-idempotency_key": "k"})
    again = client.post(FORM, {**GOOD, "run-idempotency_key": "k"})
    assert first["Location"] == again["Location"]
    other = client.post(FORM, {**GOOD, "payload-customer": "Bob", "run-idempotency_key": "k"})
    assert set(other.context["options"].errors) == {"idempotency_key"}
    long = client.post(FORM, {**GOOD, "run-idempotency_key": "k" * 201})
    assert set(long.context["options"].errors) == {"idempotency_key"}
    assert Run.objects.count() == 1


def test_a_run_may_start_later(staff: Any) -> None:
    staff(*MAY).post(FORM, {**GOOD, "run-start_at": "2030-01-01T10:00"})
    (event,) = seen(Run.objects.get().pk).events
    assert event.data["start_at"] == "2030-01-01T10:00:00+00:00"


@pytest.mark.parametrize("permissions", [(), ("squid_mesh.view_run", "squid_mesh.replay_run")])
def test_nobody_starts_a_run_without_the_permission(staff: Any, permissions: tuple[str, ...]) -> None:
    client = staff(*permissions)
    assert client.get(FORM).status_code == 403
    assert client.post(FORM, GOOD).status_code == 403
    assert Client().post(FORM, GOOD).status_code == 302
    assert not Run.objects.exists()


def test_a_post_from_elsewhere_is_refused(staff: Any) -> None:
    client = staff(*MAY)
    client.handler.enforce_csrf_checks = True
    assert client.post(FORM, GOOD).status_code == 403
    assert not Run.objects.exists()


def test_who_may_not_view_runs_stays_at_the_form(staff: Any) -> None:
    response = staff("squid_mesh.start_run").post(FORM, GOOD)
    assert response["Location"] == FORM
    assert Run.objects.count() == 1


@pytest.mark.parametrize("url", [FORM.replace("Asks", "Gone"), FORM.replace("by_form", "gone")])
def test_what_is_not_there_is_not_found(staff: Any, url: str) -> None:
    assert staff(*MAY).get(url).status_code == 404


def test_the_hosts_words_are_escaped(staff: Any) -> None:
    shown = staff(*MAY).get(FORM).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert "Customer <i>" not in shown
    assert "<b>everything" not in shown


def test_a_model_without_a_schema_is_asked_for_as_json(staff: Any) -> None:
    client, page = staff(*MAY), FORM.replace("by_form", "by_odd")
    assert "payload-payload" in client.get(page).content.decode()
    assert "payload" in client.post(page, {"payload-payload": "7"}).context["payload"].errors.as_text()
    refused = client.post(page, {"payload-payload": '{"number": "seven"}'})
    assert "number" in refused.context["payload"].non_field_errors()[0]
    assert client.post(page, {"payload-payload": '{"number": "7"}'}).status_code == 302
    assert Run.objects.get().payload == {"number": 7}


def test_tags_are_written_with_commas_between_them(staff: Any) -> None:
    staff(*MAY).post(NOTHING, {"run-tags": " vip, region:eu ,, vip"})
    assert Run.objects.get().tags == ["region:eu", "vip"]


def test_tags_that_are_refused_stand_at_their_field(staff: Any) -> None:
    response = staff(*MAY).post(NOTHING, {"run-tags": "fine, " + "x" * 65})
    assert not Run.objects.exists()
    assert set(response.context["options"].errors) == {"tags"}
    assert "65 characters" in response.content.decode()
    assert "fine, xxx" in response.content.decode()
