"""A form that is sent twice starts one run; one with other values starts another."""

from __future__ import annotations

from typing import Any

from django.test import Client

from squid_mesh import api
from squid_mesh.engine.clock import triggers
from squid_mesh.models import AuditEvent, Run, Trigger
from tests.host import payloads, workflows
from tests.host.runs import driven

FORM = f"/admin/squid_mesh/run/workflows/{payloads.Asks.workflow_name}/start/by_form/"
GOOD = {"payload-customer": "Ada", "payload-amount": "12.50", "payload-speed": "fast", "payload-lines": "[1]"}
MAY = ("squid_mesh.start_run", "squid_mesh.view_run", "squid_mesh.replay_run", "squid_mesh.view_trigger")


def token_of(client: Client, address: str, **data: Any) -> str:
    response = client.post(address, data) if data else client.get(address)
    return str(response.context["token"])


def test_the_start_form_sent_twice_starts_one_run(staff: Any) -> None:
    client = staff(*MAY)
    response = client.get(FORM)
    token = response.context["token"]
    assert f'name="form_token" value="{token}"' in response.content.decode()
    first, second = (client.post(FORM, {**GOOD, "form_token": token}, follow=True) for _ in range(2))
    run = Run.objects.get()
    assert first.redirect_chain == second.redirect_chain
    assert f"This form has started run {run.pk}" in second.content.decode()


def test_the_same_form_with_other_values_starts_another_run(staff: Any) -> None:
    client = staff(*MAY)
    token = token_of(client, FORM)
    for customer in ("Ada", "Grace", "Ada"):
        client.post(FORM, {**GOOD, "payload-customer": customer, "form_token": token})
    assert Run.objects.count() == 2


def test_two_forms_and_two_users_start_two_runs(staff: Any) -> None:
    ada, bob = staff(*MAY), staff(*MAY, name="bob")
    token = token_of(ada, FORM)
    for client, used in ((ada, token), (ada, token_of(ada, FORM)), (bob, token)):
        client.post(FORM, {**GOOD, "form_token": used})
    assert Run.objects.count() == 3


def test_a_rejected_form_keeps_its_token(staff: Any) -> None:
    client = staff(*MAY)
    token = token_of(client, FORM)
    assert token_of(client, FORM, **{**GOOD, "payload-amount": "99", "form_token": token}) == token


def test_the_replay_form_sent_twice_starts_one_run(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(*MAY)
    address = f"/admin/squid_mesh/run/{run_id}/act/replay_run/"
    token = token_of(client, address)
    answers = [client.post(address, {"form_token": token, "reason": "again"}) for _ in range(2)]
    replay = Run.objects.get(replay_of=run_id)
    assert {answer["Location"] for answer in answers} == {f"/admin/squid_mesh/run/{replay.pk}/change/"}
    assert AuditEvent.objects.filter(run_id=run_id, type="run_replayed").count() == 1


def test_the_bulk_replay_sent_twice_replays_each_run_once(staff: Any) -> None:
    ids = [driven(workflows.Single) for _ in range(2)]
    client = staff(*MAY)
    chosen = {"action": "bulk_replay", "_selected_action": [str(one) for one in ids]}
    asked = client.post("/admin/squid_mesh/run/", chosen)
    items = [one.key for one in asked.context["plan"].items]
    assert len(items) == 2
    sent = {**chosen, "confirmed": "1", "item": items, "form_token": asked.context["token"]}
    for _ in range(2):
        client.post("/admin/squid_mesh/run/", sent)
    assert Run.objects.filter(replay_of__in=ids).count() == 2


def test_a_trigger_fired_twice_by_one_form_starts_one_run(staff: Any) -> None:
    triggers.sync_triggers()
    trigger = Trigger.objects.get(workflow="host.Clocked", name="every")
    address = f"/admin/squid_mesh/trigger/{trigger.pk}/fire/"
    client = staff(*MAY)
    token = token_of(client, address)
    for _ in range(2):
        client.post(address, {"fire": "1", "form_token": token})
    assert Run.objects.count() == 1


def test_a_replay_and_a_fire_with_a_key_are_repeated_safely() -> None:
    run_id = driven(workflows.Single)
    triggers.sync_triggers()
    replays = {api.replay_run(run_id, idempotency_key="again").id for _ in range(2)}
    fired = {api.fire_trigger("host.Clocked", "every", idempotency_key="now").id for _ in range(2)}
    assert (len(replays), len(fired)) == (1, 1)
