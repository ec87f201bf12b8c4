"""What the console never tells: secrets by filters, forms and schemas; runs to whoever may not look."""

from __future__ import annotations

from typing import Any

import pytest

from tests.host import workflows
from tests.host.looking import driven

VIEW = "squid_mesh.view_run"
BASE = "/admin/squid_mesh/"


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
def test_lists_are_not_filtered_by_what_they_show_masked(address: str, staff: Any) -> None:
    driven(workflows.Secret, {"token": "tok-123"})
    models = ("run", "steprun", "attempt", "auditevent")
    client = staff(*(f"squid_mesh.view_{model}" for model in models))
    assert client.get(BASE + address).status_code == 400


@pytest.mark.parametrize(
    "address", ["run/?status=paused&needs=human&since=1h", "steprun/?status__exact=paused&waiting_for=pause"]
)
def test_lists_are_filtered_by_what_they_offer(address: str, staff: Any) -> None:
    client = staff(VIEW, "squid_mesh.view_steprun")
    assert client.get(BASE + address).status_code == 200
