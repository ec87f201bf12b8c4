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


def test_the_form_starts_a_run_with_its_values(staff: Any) -> None:
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


def test_a_trigger_without_a_payload_needs_only_the_button(staff: Any) -> None:
    client = staff(*MAY)
    assert "This trigger takes no payload." in client.get(NOTHING).content.decode()
    assert client.post(NOTHING).status_code == 302
    assert Run.objects.get().payload == {}


def test_a_rejected_value_stays_in_the_form_with_its_error(staff: Any) -> None:
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


def test_missing_and_unreadable_values_are_rejected(staff: Any) -> None:
    client = staff(*MAY)
    response = client.post(FORM, {})
    assert set(response.context["payload"].errors) == {"customer", "amount"}
    response = client.post(FORM, {**GOOD, "payload-lines": "{", "payload-speed": "warp"})
    assert set(response.context["payload"].errors) == {"lines", "speed"}
    response = client.post(FORM, {**GOOD, "run-start_at": "soon", "run-idempotency_key": "k"})
    assert set(response.context["options"].errors) == {"start_at"}
    assert not Run.objects.exists()


def test_a_key_starts_one_run_and_a_conflict_is_shown_at_the_field(staff: Any) -> None:
    client = staff(*MAY)
    first = client.post(FORM, {**GOOD, "run-idempotency_key": "k"})
    again = client.post(FORM, {**GOOD, "run-idempotency_key": "k"})
    assert first["Location"] == again["Location"]
    other = client.post(FORM, {**GOOD, "payload-customer": "Bob", "run-idempotency_key": "k"})
    assert set(other.context["options"].errors) == {"idempotency_key"}
    long = client.post(FORM, {**GOOD, "run-idempotency_key": "k" * 201})
    assert set(long.context["options"].errors) == {"idempotency_key"}
    assert Run.objects.count() == 1


def test_submitting_a_form_twice_starts_one_run(staff: Any) -> None:
    client = staff(*MAY)
    shown = client.get(FORM).context["submission"]
    first = client.post(FORM, {**GOOD, "submission": shown})
    again = client.post(FORM, {**GOOD, "submission": shown}, follow=True)
    assert again.redirect_chain == [(first["Location"], 302)]
    assert "Nothing more was started" in again.content.decode()
    changed = client.post(FORM, {**GOOD, "payload-customer": "Bob", "submission": shown})
    assert Run.objects.count() == 1
    assert f"has started run {Run.objects.get().pk} with other values" in changed.content.decode()
    new = changed.context["submission"]
    assert new != shown
    client.post(FORM, {**GOOD, "payload-customer": "Bob", "submission": new})
    assert Run.objects.count() == 2


def test_a_forged_submission_is_no_key(staff: Any) -> None:
    staff(*MAY).post(FORM, {**GOOD, "submission": "k"})
    assert Run.objects.get().idempotency_key is None


def test_a_run_may_start_later(staff: Any) -> None:
    staff(*MAY).post(FORM, {**GOOD, "run-start_at": "2030-01-01T10:00"})
    (event,) = seen(Run.objects.get().pk).events
    assert event.data["start_at"] == "2030-01-01T10:00:00+00:00"


@pytest.mark.parametrize("permissions", [(), ("squid_mesh.view_run", "squid_mesh.replay_run")])
def test_starting_a_run_needs_the_permission(staff: Any, permissions: tuple[str, ...]) -> None:
    client = staff(*permissions)
    assert client.get(FORM).status_code == 403
    assert client.post(FORM, GOOD).status_code == 403
    assert Client().post(FORM, GOOD).status_code == 302
    assert not Run.objects.exists()


def test_a_post_without_a_csrf_token_is_rejected(staff: Any) -> None:
    client = staff(*MAY)
    client.handler.enforce_csrf_checks = True
    assert client.post(FORM, GOOD).status_code == 403
    assert not Run.objects.exists()


def test_users_who_may_not_view_runs_return_to_the_form(staff: Any) -> None:
    response = staff("squid_mesh.start_run").post(FORM, GOOD)
    assert response["Location"] == FORM
    assert Run.objects.count() == 1


@pytest.mark.parametrize("url", [FORM.replace("Asks", "Gone"), FORM.replace("by_form", "gone")])
def test_an_unknown_workflow_or_trigger_is_not_found(staff: Any, url: str) -> None:
    assert staff(*MAY).get(url).status_code == 404


def test_titles_and_descriptions_are_escaped(staff: Any) -> None:
    shown = staff(*MAY).get(FORM).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert "Customer <i>" not in shown
    assert "<b>everything" not in shown


def test_a_model_without_a_schema_has_one_json_field(staff: Any) -> None:
    client, page = staff(*MAY), FORM.replace("by_form", "by_odd")
    assert "payload-payload" in client.get(page).content.decode()
    assert "payload" in client.post(page, {"payload-payload": "7"}).context["payload"].errors.as_text()
    refused = client.post(page, {"payload-payload": '{"number": "seven"}'})
    assert "number" in refused.context["payload"].non_field_errors()[0]
    assert client.post(page, {"payload-payload": '{"number": "7"}'}).status_code == 302
    assert Run.objects.get().payload == {"number": 7}


def test_tags_are_separated_by_commas(staff: Any) -> None:
    staff(*MAY).post(NOTHING, {"run-tags": " vip, region:eu ,, vip"})
    assert Run.objects.get().tags == ["region:eu", "vip"]


def test_rejected_tags_stay_in_their_field(staff: Any) -> None:
    response = staff(*MAY).post(NOTHING, {"run-tags": "fine, " + "x" * 65})
    assert not Run.objects.exists()
    assert set(response.context["options"].errors) == {"tags"}
    assert "65 characters" in response.content.decode()
    assert "fine, xxx" in response.content.decode()
