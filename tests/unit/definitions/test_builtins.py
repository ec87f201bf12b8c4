"""The code of the built-in steps."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest

from squid_mesh import Outcome, StepContext, StepFailed
from squid_mesh.definitions import builtins
from squid_mesh.definitions.declare.outcomes import AskPeople, Sleep
from squid_mesh.definitions.request import EscalationPolicy, Request


def context(**given: object) -> StepContext:
    return StepContext(run_id=UUID(int=1), workflow="w", step="s", **given)  # type: ignore[arg-type]


def test_a_wait_waits_once() -> None:
    with pytest.raises(Sleep) as caught:
        builtins.wait(5, context())
    assert caught.value.seconds == 5
    builtins.wait(5, context(resumed=True))


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("plain", "plain"),
        ("invoice {invoice.id}", "invoice 7"),
        ("{gone} {invoice.gone}", "{gone} {invoice.gone}"),
        ("{invoice.id.real}", "?"),
        ("{invoice.id:05d}", "00007"),
        ("{name:05d}", "squid"),
        ("{name!r}", "'squid'"),
        ("{{braces}}", "{braces}"),
    ],
)
def test_a_log_message_is_formatted_from_the_state_and_never_fails(
    message: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "squid_mesh.step"):
        builtins.log(message, "info", context(state={"invoice": {"id": 7}, "name": "squid"}))
    assert caplog.messages == [text]


ASSIGNEE = "tests.unit.definitions.sample_steps:manager"
REQUEST = Request(kind="approval", exits=("approved", "rejected"), on_timeout="rejected")


def asked(request: Request, assignee: str | None = None, ctx: StepContext | None = None) -> AskPeople:
    with pytest.raises(AskPeople) as caught:
        builtins.approval(request, assignee, 60, ctx or context())
    return caught.value


def test_a_pause_has_no_deadline() -> None:
    request = Request(kind="pause", prompt="Ready?")
    with pytest.raises(AskPeople) as caught:
        builtins.pause(request)
    assert (caught.value.request, caught.value.seconds) == (request, None)


def test_an_approval_waits_until_its_deadline() -> None:
    ask = asked(REQUEST)
    assert (ask.request, ask.seconds) == (REQUEST, 60)


def test_an_approval_asks_the_people_that_its_assignee_function_returns() -> None:
    ask = asked(REQUEST, ASSIGNEE, context(state={"order_id": 7}))
    assert ask.request == REQUEST.with_assignees(("pk:7",))
    with pytest.raises(StepFailed, match="returned too few people: 1, but 2 must approve"):
        builtins.approval(
            REQUEST.model_copy(update={"quorum": 2}), ASSIGNEE, None, context(state={"order_id": 7})
        )


@pytest.mark.parametrize(
    ("on_timeout", "label"), [("timeout", "timeout"), ("rejected", "rejected"), ("approved", "ok")]
)
def test_at_its_deadline_an_approval_takes_the_exit(on_timeout: str, label: str) -> None:
    stored = REQUEST.model_copy(update={"on_timeout": on_timeout}).as_json()
    late = context(resumed=True, request=stored)
    assert builtins.approval(REQUEST, None, 60, late) == Outcome(label)


def test_at_its_deadline_an_approval_may_ask_more_people() -> None:
    policy = EscalationPolicy(groups=("Board",), deadline=30, on_timeout="timeout")
    stored = REQUEST.with_assignees(("pk:7",)).model_copy(update={"on_timeout": policy})
    late = context(resumed=True, request=stored.as_json())
    ask = asked(REQUEST, "nowhere:gone", late)
    assert (ask.request, ask.seconds) == (stored.escalate(policy), 30)


def test_an_approval_without_a_timeout_exit_keeps_waiting() -> None:
    stored = REQUEST.model_copy(update={"on_timeout": None})
    ask = asked(REQUEST, None, context(resumed=True, request=stored.as_json()))
    assert (ask.request, ask.seconds) == (stored, None)
