"""Invalid arguments of ``wait(...)`` and ``log(...)``."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from squid_mesh import Workflow, approval, fail, log, step, wait
from squid_mesh.definitions.declare.step import StepDeclaration
from squid_mesh.definitions.problems import find_caller
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "its delay is 0 s; use more than 0 s"),
        ({"hours": -1}, "its delay is -3600 s; use more than 0 s"),
        ({"delay": timedelta(0)}, "its delay is 0 s"),
        ({"days": 40_000}, "more than a century; use less"),
        ({"seconds": float("nan")}, "its delay is nan"),
        ({"days": "x"}, "its days= is 'x'; use a number"),
        ({"hours": None}, "its hours= is None; use a number"),
        ({"minutes": True}, "its minutes= is True; use a number"),
        ({"seconds": [1]}, "its seconds= is [1]; use a number"),
        ({"seconds": 10**400}, "use a number"),
        ({"seconds": 1e300}, "more than a century; use less"),
        ({"delay": timedelta(1), "days": "x"}, "its days= is 'x'; use a number"),
        ({"delay": 30}, "its delay is 30, without a unit; write wait(seconds=…), hours= or days="),
    ],
)
def test_a_wait_has_a_duration_with_a_unit(arguments: Any, error: str) -> None:
    with expect_problems(error):

        class Post(Workflow):
            settle = wait(**arguments)


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("", "its message is ''; use a non-empty string"),
        (5, "its message is 5; use a non-empty string"),
        ("{open", "has a single brace; close it"),
        ("open}", "has a single brace; close it"),
        ("{gone}", "its message contains {gone}, but no payload field and no earlier step is named 'gone'"),
        ("{order_ids}", "(did you mean 'order_id'?)"),
    ],
)
def test_a_log_message_can_be_formatted(message: Any, error: str) -> None:
    with expect_problems(error):

        class Post(Workflow):
            class Payload(BaseModel):
                order_id: int

            note = log(message)


@pytest.mark.parametrize(
    "message", ["{order_id!r}", "{order_id!s}", "{order_id!a}", "{order_id:>5}", "no path"]
)
def test_a_log_message_may_convert_its_values(message: str) -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order_id: int

        note = log(message)

    assert Post.blueprint.by_name["note"].options["message"] == message


def test_a_log_message_has_only_known_conversions() -> None:
    with expect_problems("its message '{order_id!r} {order_id!x}'"):

        class Post(Workflow):
            class Payload(BaseModel):
                order_id: int

            note = log("{order_id!r} {order_id!x}")


@pytest.mark.parametrize("level", ["loud", "", 20, "notset"])
def test_a_log_level_exists(level: Any) -> None:
    with expect_problems(f"its level is {level!r}"):

        class Post(Workflow):
            note = log("text", level)


@pytest.mark.parametrize("path", ["token", "token.more", "credentials", "credentials.token"])
def test_a_log_message_must_not_contain_a_secret(path: str) -> None:
    with expect_problems("step 'note': its message would log the secret"):

        class Post(Workflow):
            class Payload(BaseModel):
                token: SecretStr

            login = step(sample_steps.make_credentials, output="credentials")
            note = log(f"see {{{path}}}")
            flow = login >> note


def test_a_log_message_may_contain_the_other_fields_of_a_model_with_a_secret() -> None:
    class Post(Workflow):
        login = step(sample_steps.make_credentials, output="credentials")
        note = log("see {credentials.user}")
        flow = login >> note

    assert Post.blueprint.by_name["login"].secrets == ("token",)


def test_a_log_message_must_not_contain_a_secret_of_a_form() -> None:
    with expect_problems("step 'note': its message would log the secret 'signed.pin'; remove {signed.pin}"):

        class Post(Workflow):
            sign = approval(form=sample_steps.Signed, output="signed")
            note = log("{signed.pin}")
            flow = [sign >> note, sign.on("rejected") >> fail]


def charge_later(message: str, seconds: float) -> None:
    """The code of another built-in step, with options of the same names."""


def test_a_rule_applies_only_to_its_own_built_in_step() -> None:
    class Post(Workflow):
        later = StepDeclaration(
            charge_later,
            find_caller(),
            options={"message": "{open", "seconds": 0},
            outcomes=["charged"],
            is_builtin=True,
        )
        post = step(sample_steps.noop)
        flow = [later.on("charged") >> post]

    assert dict(Post.blueprint.by_name["later"].options) == {"message": "{open", "seconds": 0}
