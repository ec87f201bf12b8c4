"""The step context."""

from __future__ import annotations

from uuid import UUID

from squid_mesh import StepContext

CONTEXT = StepContext(run_id=UUID(int=1), workflow="shop.Order", step="pay", visit=2)


def test_the_idempotency_key_is_the_same_in_every_attempt_of_a_visit() -> None:
    again = StepContext(run_id=UUID(int=1), workflow="shop.Order", step="pay", visit=2, attempt=3)
    assert CONTEXT.idempotency_key == again.idempotency_key == f"{UUID(int=1)}:pay:2"


def test_log_records_carry_run_and_step() -> None:
    assert CONTEXT.logger.extra == {
        "run_id": str(UUID(int=1)),
        "workflow": "shop.Order",
        "step": "pay",
        "attempt": 1,
    }
