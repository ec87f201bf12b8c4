"""The record of a failure has none of the secrets that the step was given."""

from __future__ import annotations

import html
import reprlib
from typing import Any

import pytest
from pydantic import BaseModel, Field, SecretStr

from squid_mesh import Defer, Retry, RetryLater, StepContext, StepFailed, Workflow, api, fixed, step
from squid_mesh.models import Attempt, StepRun
from squid_mesh.tools.secrets import MASK
from tests.host import steps
from tests.host.runs import driven, seen

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
def test_a_secret_in_an_error_is_recorded_masked(error: Any, plan: dict[str, Any]) -> None:
    plan["error"] = error
    account = {"password": "open sesame", "owner": "squid"}
    run_id = driven(Shouts, {"token": TOKEN, "account": account, "names": ["secretname"]})
    stored = str(
        [Attempt.objects.get().error, StepRun.objects.get().error, seen(run_id), api.explain_run(run_id)]
    )
    assert "of squid" in stored
    assert not [text for text in (TOKEN, "open sesame", "secretname") if text in stored]


class Plain(BaseModel):
    """What a host marks by a name of its own, by Django's names and by the field."""

    iban: str
    api_key: str
    marked: str = Field(json_schema_extra={"sensitive": True})
    typed: SecretStr
    pin: SecretStr
    kind: str = "step"


def reveal(iban: str, api_key: str, marked: str, typed: str, pin: SecretStr, kind: str) -> None:
    said = " ".join((iban, api_key, marked, typed))
    raise steps.PLAN["error"](f"{said} of {kind}; {pin.get_secret_value()}, order 4711 in 47 lines")


class Reveals(Workflow):
    Payload = Plain
    only = step(reveal, retry=Retry(2, fixed(3600)))


class Passes(Workflow):
    """Seen in the state alone, from the payload and from another step's output."""

    class Payload(BaseModel):
        iban: str

    first = step(steps.make_card)
    only = step(steps.act)
    flow = first >> only


@pytest.mark.parametrize("error", [ValueError, StepFailed, lambda text: Defer(text, seconds=60)])
def test_a_text_masked_by_its_name_or_declared_secret_is_masked_in_errors(
    error: Any, plan: dict[str, Any], settings: Any
) -> None:
    settings.SQUID_MESH = {**settings.SQUID_MESH, "MASKED_FIELDS": ("IBAN",)}
    plan["error"] = error
    given = {"iban": "DE02-1234", "api_key": "ak/live", "marked": "my word", "typed": "hidden", "pin": "47"}
    run_id = driven(Reveals, given)
    stored = str([Attempt.objects.get().error, StepRun.objects.get().error, seen(run_id)])
    assert f"{MASK} {MASK} {MASK} {MASK} of step; {MASK}, order 4711 in {MASK} lines" in stored
    recorded = str([Attempt.objects.get().error, StepRun.objects.get().error])
    assert not [value for value in ("DE02-1234", "ak/live", "my word", "hidden") if value in recorded]


def test_a_secret_of_the_state_is_masked_in_errors_without_a_parameter(
    plan: dict[str, Any], settings: Any
) -> None:
    settings.SQUID_MESH = {**settings.SQUID_MESH, "MASKED_FIELDS": ("iban",)}

    def fail_with_everything(ctx: StepContext) -> None:
        raise StepFailed(
            f"no: {ctx.state['iban']} {ctx.state['number']} {ctx.state['owner']}", why=[ctx.state["iban"]]
        )

    plan["only"] = fail_with_everything
    run_id = driven(Passes, {"iban": "DE02-1234"})
    error = StepRun.objects.get(run_id=run_id, name="only").error
    assert error["message"] == f"no: {MASK} {MASK} squid"
    assert (error["details"], error["code"]) == ({"why": [MASK]}, "step_failed")
    assert "DE02-1234" not in str(error)


def test_the_type_of_an_error_is_never_masked(plan: dict[str, Any]) -> None:
    plan["only"] = StepFailed("no")
    run_id = driven(Named, {"token": "step_failed", "password": "StepFailed"})
    error = StepRun.objects.get(run_id=run_id).error
    assert (error["code"], error["type"].rpartition(".")[2]) == ("step_failed", "StepFailed")


class Named(Workflow):
    class Payload(BaseModel):
        token: str
        password: str

    only = step(steps.act)


LONG_TOKEN = "eyJhbGciOi" + "".join(f"Q{number:03d}z" for number in range(30))


class Counted(BaseModel):
    n: int


def misuse(token: SecretStr) -> None:
    steps.PLAN["misuse"](token.get_secret_value())


class Misuses(Workflow):
    class Payload(BaseModel):
        token: SecretStr

    only = step(misuse)


def raise_error(error: Exception) -> None:
    raise error


def describe_oddly(token: str) -> object:
    return type("Odd", (), {"__repr__": lambda self: "x" * 150 + token})()


SHORTENED: dict[str, Any] = {
    "pydantic": lambda token: Counted.model_validate({"n": token}),  # shows the ends of a long input
    "pydantic-mapping": lambda token: Counted.model_validate({"n": {"given": "x" * 20, "token": token}}),
    "reprlib": lambda token: raise_error(ValueError(reprlib.repr(token))),
    "ellipsis": lambda token: raise_error(ValueError(f"{token[:40]}… was refused")),
    "traceback": lambda token: raise_error(ValueError("x" * 19_990 + token + "y" * 19_000)),
    "details": lambda token: raise_error(StepFailed("refused", given=describe_oddly(token))),
    "deferral": lambda token: raise_error(Defer(f"later: {token[:30]}...", hours=1)),
}


@pytest.mark.parametrize("misused", SHORTENED.values(), ids=SHORTENED)
def test_no_part_of_a_shortened_secret_is_recorded(misused: Any, plan: dict[str, Any]) -> None:
    plan["misuse"] = misused
    run_id = driven(Misuses, {"token": LONG_TOKEN})
    stored = str(
        [*Attempt.objects.values(), *StepRun.objects.values(), seen(run_id), api.explain_run(run_id)]
    )
    parts = (LONG_TOKEN[at : at + 7] for at in range(len(LONG_TOKEN) - 6))
    assert not [part for part in parts if part in stored]


@pytest.mark.parametrize("written", [repr, ascii, html.escape, str.encode])
def test_a_secret_is_masked_however_it_is_written(written: Any, plan: dict[str, Any]) -> None:
    plan["misuse"] = lambda token: raise_error(ValueError(f"{written(token)}"))
    run_id = driven(Misuses, {"token": "it's <loud>\nand é\x1b[31m"})
    stored = str([Attempt.objects.get().error, seen(run_id)])
    assert "loud" not in stored
    assert "31m" not in stored


def test_each_line_of_a_secret_is_masked_in_the_traceback_of_a_group(plan: dict[str, Any]) -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----"
    plan["misuse"] = lambda token: raise_error(ExceptionGroup(token, [ValueError(token)]))
    driven(Misuses, {"token": key})
    assert "MIIEvQIBADANBgkq" not in str(Attempt.objects.get().error)


def test_the_password_of_a_url_in_an_error_is_masked(plan: dict[str, Any]) -> None:
    plan["misuse"] = lambda token: raise_error(
        OSError("no route to postgres://app:hunter2@db/shop?token=t0ps")
    )
    run_id = driven(Misuses, {"token": TOKEN})
    shown = str([Attempt.objects.get().error, seen(run_id)])
    assert f"postgres://app:{MASK}@db/shop?token={MASK}" in shown
    assert "hunter2" not in shown
    assert "t0ps" not in shown
