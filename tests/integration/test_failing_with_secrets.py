"""What is recorded of a failure tells none of the secrets that the step was given."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from squid_mesh import Retry, RetryLater, StepFailed, Workflow, api, fixed, step
from squid_mesh.models import Attempt, StepRun
from tests.host import steps
from tests.host.looking import driven, seen

TOKEN = "tok/LOUD-123456"


class Account(BaseModel):
    password: SecretStr
    owner: str


def shout(token: SecretStr, account: Account, names: list[SecretStr]) -> None:
    said = f"refused {token.get_secret_value()}, {account.password.get_secret_value()} of {account.owner}"
    raise steps.PLAN["error"](f"{said}: {names[0].get_secret_value()}")


class Shouts(Workflow):
    class Payload(BaseModel):
        token: SecretStr
        account: Account
        names: list[SecretStr]

    only = step(shout, retry=Retry(2, fixed(3600)))


@pytest.mark.parametrize("error", [ValueError, StepFailed, lambda text: RetryLater(text, seconds=60)])
def test_an_error_that_tells_a_secret_is_recorded_masked(error: Any, plan: dict[str, Any]) -> None:
    plan["error"] = error
    account = {"password": "open sesame", "owner": "squid"}
    run_id = driven(Shouts, {"token": TOKEN, "account": account, "names": ["secretname"]})
    stored = str(
        [Attempt.objects.get().error, StepRun.objects.get().error, seen(run_id), api.explain_run(run_id)]
    )
    assert "of squid" in stored
    assert not [told for told in (TOKEN, "open sesame", "secretname") if told in stored]
