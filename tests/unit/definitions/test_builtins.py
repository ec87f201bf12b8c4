"""The code of wait and log."""

from __future__ import annotations

import logging
from uuid import UUID

import pytest

from squid_mesh import StepContext
from squid_mesh.definitions import builtins
from squid_mesh.definitions.verdicts import Sleep


def context(**given: object) -> StepContext:
    return StepContext(run_id=UUID(int=1), workflow="w", step="s", **given)  # type: ignore[arg-type]


def test_a_wait_sleeps_once() -> None:
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
def test_a_log_line_is_filled_in_from_the_state_and_never_fails(
    message: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "squid_mesh.step"):
        builtins.log(message, "info", context(state={"invoice": {"id": 7}, "name": "squid"}))
    assert caplog.messages == [text]
