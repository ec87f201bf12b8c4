"""What a delivery executes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from squid_mesh import api
from squid_mesh.dispatch import delivery
from tests.host import workflows
from tests.host.runs import run_until_idle, seen

Plan = dict[str, Any]


def test_a_delivery_executes_due_steps(calls: list[str]) -> None:
    api.start_run(workflows.Chain)
    assert delivery.deliver() == 3
    assert calls == ["one", "two", "three"]


def test_a_delivery_logs_a_database_error_and_raises_none(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> int:
        raise OperationalError("connection lost")

    monkeypatch.setattr(delivery, "recover_lost_steps", fail)
    assert delivery.deliver(recover_first=True) == 0
    assert "failed with a database error" in caplog.text


def test_a_run_that_a_step_starts_is_executed_too(plan: Plan) -> None:
    children: list[Any] = []
    plan["one"] = lambda ctx: children.append(api.start_run(workflows.Single).id)
    api.start_run(workflows.Chain)
    run_until_idle()
    assert seen(children[0]).status == "completed"
