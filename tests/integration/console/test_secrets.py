"""Secrets never leave the console: not by filters, forms, schemas or defaults."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from pydantic import BaseModel, Field, SecretStr

from squid_mesh import Workflow, api, approval, fail, step
from squid_mesh.exceptions import PayloadError
from squid_mesh.models import Run
from tests.host import steps, workflows
from tests.host.runs import driven, seen

VIEW = "squid_mesh.view_run"
BASE = "/admin/squid_mesh/"
PAYLOAD = {"api_key": "key-of-mine", "box": {"password": "boxed-one"}, "pin": "pin-of-mine"}
DEFAULTS = ("key-by-default", "boxed-by-default", "quiet-by-default", "tok-by-default")


class Answers(BaseModel):
    api_token: str = "tok-by-default"
    quiet: str = Field(default="quiet-by-default", json_schema_extra={"sensitive": True})
    passed: bool = True


class Guarded(Workflow):
    """Secrets by name, by type and marked as sensitive, in a payload and in a form."""

    class Payload(BaseModel):
        api_key: str = "key-by-default"
        box: dict[str, str] = {"password": "boxed-by-default"}
        pin: SecretStr = SecretStr("0000")
        author_known: bool = True
        amount: int = 1

    review = approval(form=Answers)
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail]


START = f"run/workflows/{Guarded.workflow_name}/start/manual/"


def everything(name: str) -> tuple[str, ...]:
    return (VIEW, "squid_mesh.start_run", "squid_mesh.replay_run", f"squid_mesh.{name}")


@pytest.mark.parametrize(
    "address",
    [
        "run/?payload__token__startswith=tok",
        "run/?error__message__startswith=no",
        "steprun/?output__number__startswith=4000",
        "steprun/?input__given__startswith=tok",
        "attempt/?error__message__startswith=no",
        "auditevent/?data__was=failed",
    ],
)
def test_lists_are_never_filtered_by_columns_that_may_hold_secrets(address: str, staff: Any) -> None:
    driven(workflows.Secret, {"token": "tok-123"})
    models = ("run", "steprun", "attempt", "auditevent")
    client = staff(*(f"squid_mesh.view_{model}" for model in models))
    response = client.get(BASE + address)
    assert response.status_code == 302
    assert response["Location"] == f"{BASE}{address.partition('?')[0]}?"


@pytest.mark.parametrize(
    "address",
    ["run/?status=paused&attention=yes&since=1h", "steprun/?status=paused&waiting_for=pause"],
)
def test_lists_are_filtered_by_their_own_filters(address: str, staff: Any) -> None:
    client = staff(VIEW, "squid_mesh.view_steprun")
    assert client.get(BASE + address).status_code == 200


def test_no_page_or_schema_shows_the_default_of_a_secret(staff: Any) -> None:
    run_id = driven(Guarded, PAYLOAD)
    client = staff(*everything("decide_approval"))
    for address in (
        START,
        f"run/workflows/{Guarded.workflow_name}/",
        f"run/{run_id}/raw/",
        f"run/{run_id}/act/decide_approval/?step=review",
    ):
        response = client.get(BASE + address)
        assert response.status_code == 200
        assert not [one for one in DEFAULTS if one in response.content.decode()], address
    text = json.dumps([api.inspect_workflow(Guarded).payload_schemas, seen(run_id).model_dump(mode="json")])
    assert not [one for one in DEFAULTS if one in text]


def test_a_rejected_start_form_shows_no_secret(staff: Any) -> None:
    client = staff(*everything("decide_approval"))
    sent = {
        f"payload-{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in PAYLOAD.items()
    }
    shown = client.post(
        BASE + START, {**sent, "payload-pin": PAYLOAD["pin"], "payload-amount": "many"}
    ).content.decode()
    assert "many" in shown
    assert not [one for one in ("key-of-mine", "boxed-one", "pin-of-mine") if one in shown]


def test_an_unchanged_start_form_uses_the_models_defaults(staff: Any) -> None:
    client = staff(*everything("decide_approval"))
    response = client.post(BASE + START, {"payload-author_known": "on", "payload-amount": "1"})
    run = api.reveal_run(UUID(response["Location"].split("/")[-3]), actor=None, reason="a test")
    assert run.payload["api_key"] == "key-by-default"
    assert run.payload["box"] == {"password": "boxed-by-default"}
    assert run.payload["author_known"] is True


def test_a_rejected_decision_shows_no_secret(staff: Any) -> None:
    run_id = driven(Guarded, PAYLOAD)
    client = staff(VIEW, "squid_mesh.decide_approval")
    sent = {
        "visit": "1",
        "exit": "sideways",
        "answer-api_token": "tok-of-mine",
        "answer-quiet": "quiet-of-mine",
    }
    response = client.post(BASE + f"run/{run_id}/act/decide_approval/?step=review", sent)
    assert response.status_code == 422
    assert not [one for one in ("tok-of-mine", 'value="quiet') if one in response.content.decode()]


def test_a_rejected_replay_shows_no_secret(staff: Any) -> None:
    run_id = driven(Guarded, PAYLOAD)
    api.cancel_run(run_id)
    payload = {**PAYLOAD, "pin": "4321-of-mine", "amount": "many"}
    client = staff(*everything("decide_approval"))
    response = client.post(BASE + f"run/{run_id}/act/replay_run/", {"payload": json.dumps(payload)})
    shown = response.content.decode()
    assert response.status_code == 422
    assert "many" in shown
    assert not [one for one in ("4321-of-mine", "key-of-mine", "boxed-one") if one in shown]


def test_a_replay_rejects_a_payload_with_masked_secrets() -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123"})
    with pytest.raises(PayloadError) as caught:
        api.replay_run(run_id, payload=seen(run_id).payload)
    assert list(caught.value.details["errors"]) == ["token"]
    with pytest.raises(CommandError, match="enter the secret again"):
        call_command("squid_mesh", "replay", str(run_id), "--payload", json.dumps(seen(run_id).payload))
    assert Run.objects.count() == 1
