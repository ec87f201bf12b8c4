"""The columns of the run list."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.console.labels.errors import describe_run_error
from tests.host import people, workflows
from tests.host.models import Order
from tests.host.runs import claim, driven
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


def test_a_row_shows_status_subject_trigger_and_what_the_run_waits_for(staff: Any, plan: Plan) -> None:
    order = Order.objects.create(note="order <b>1</b>")
    plan["flaky"] = ValueError("no ink")
    driven(workflows.Retries, subject=order)
    driven(people.Reviews)
    shown = page(staff(VIEW, "host.view_order"), LIST)
    for text in (
        "host.Retries",
        "sqm-tone-wait",
        "flaky waits for its next attempt, in",
        "review waits for an approval",
        f'href="/admin/host/order/{order.pk}/change/"',
        "order &lt;b&gt;1&lt;/b&gt;",
        "manual",
        "ago",
    ):
        assert text in shown
    assert "order &lt;b&gt;" not in page(staff(VIEW, name="bob"), LIST)


def test_the_row_of_a_failed_run_shows_the_step_and_its_error_message(staff: Any, plan: Plan) -> None:
    plan["only"] = ValueError("The account is closed.")
    driven(workflows.Single)
    assert "only failed: The account is closed." in page(staff(VIEW), LIST)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (None, ""),
        (
            {"step": "pay", "message": "The account is closed.", "type": "bank.Closed"},
            "pay failed: The account is closed.",
        ),
        ({"step": "pay", "type": "bank.Closed"}, "pay failed: bank.Closed"),
        ({"step": "review", "outcome": "rejected"}, "review failed: it ended with the outcome “rejected”"),
        ({"step": "pay", "message": "x" * 200}, f"pay failed: {'x' * 119}…"),
    ],
)
def test_an_error_is_described_by_its_message_its_type_or_the_outcome(error: Any, text: str) -> None:
    assert describe_run_error(error) == text


def test_a_row_distinguishes_running_steps_from_those_that_wait_for_a_worker(staff: Any) -> None:
    run_id = api.start_run(workflows.Single).id
    assert "only is waiting for a worker" in page(staff(VIEW), LIST)
    claim(run_id)
    assert "only is running" in page(staff(VIEW, name="bob"), LIST)
