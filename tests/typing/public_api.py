"""What a type checker knows of the public interface. ``make types`` checks this file; it is never executed.

An ignored error is one that a checker must report: mypy rejects an ignore that nothing needs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, assert_type
from uuid import UUID

from django.contrib.auth.models import User
from pydantic import BaseModel

from squid_mesh import (
    Outcome,
    Retry,
    StepContext,
    Workflow,
    api,
    approval,
    complete,
    cron,
    exponential,
    fail,
    manual,
    step,
    wait,
)
from squid_mesh.exceptions import IllegalAction, SquidMeshError
from squid_mesh.lifecycle import RunStatus, Unrecognized
from squid_mesh.testing import drain
from squid_mesh.tools import http


class Invoice(BaseModel):
    amount: int


def load(customer: int) -> Invoice:
    return Invoice(amount=customer)


async def send(invoice: Invoice, ctx: StepContext) -> Outcome[Invoice]:
    assert_type(ctx.idempotency_key, str)
    assert_type(ctx.run_id, UUID)
    return Outcome("late", invoice)


class Billing(Workflow):
    class Payload(BaseModel):
        customer: int

    by_hand = manual()
    nightly = cron("0 3 * * *", timezone="Etc/UTC", catch_up="latest", overlap="skip")

    read = step(
        load, output="invoice", retry=Retry(3, backoff=exponential(max=60)), timeout=timedelta(seconds=5)
    )
    pause = wait(hours=1)
    post = step(send, join="any")
    check = approval("Is it right?", quorum=2, deadline=60)

    flow = [read >> pause >> post >> complete, [post.on("late"), read.on_error()] >> check >> fail]


def wrong_declarations() -> None:
    step(3)  # type: ignore[arg-type]
    step(load, join="most")  # type: ignore[arg-type]
    cron("0 3 * * *", overlap="perhaps")  # type: ignore[arg-type]
    Billing.read >> 3  # type: ignore[operator]
    approval(quorum="two")  # type: ignore[arg-type]


def start_and_read(user: User) -> None:
    run = api.start_run(Billing, {"customer": 1}, tags=["vip"], idempotency_key="k", actor=user)
    assert_type(run, api.StartedRun)
    assert_type(run.id, UUID)
    assert_type(run.existed, bool)
    assert_type(run.status, RunStatus | Unrecognized)

    found = api.inspect_run(run.id, history=True)
    assert_type(found, api.RunSnapshot)
    assert_type(found.step("read"), api.StepSnapshot)
    assert_type(found.steps, tuple[api.StepSnapshot, ...])
    assert_type(found.state, dict[str, Any])
    assert_type(api.list_runs(workflow=Billing).runs, tuple[api.RunSummary, ...])
    assert_type(api.explain_run(run.id, user=user).reason, api.Reason)
    assert_type(api.list_waiting(user=user), api.WaitingPage)
    assert_type(api.diagnose(), tuple[api.Finding, ...])
    assert_type(api.draw_run(run.id, format="dot"), str)
    assert_type(api.prune_runs(older_than=timedelta(days=1)), api.Removed)
    assert_type(drain(), dict[UUID, api.RunSnapshot])
    assert_type(http.get("https://example.com"), http.HttpResult)


def act(run: UUID, user: User) -> None:
    assert_type(api.approve_run(run, actor=user, data={"amount": 1}), api.RunSummary)
    assert_type(api.retry_step(run, "read", actor="shell", reason="again"), api.RunSummary)
    try:
        api.cancel_run(str(run))
    except IllegalAction as error:
        assert_type(error.details, dict[str, Any])
        assert_type(error.code, str)
        caught: SquidMeshError = error
        raise caught from None


async def twins(user: User) -> None:
    run = await api.astart_run(Billing, {"customer": 1}, actor=user)
    assert_type(run, api.StartedRun)
    assert_type(await api.ainspect_run(run.id), api.RunSnapshot)


def wrong_calls(run: UUID, user: User) -> None:
    api.start_run(3)  # type: ignore[arg-type]
    api.start_run(Billing, tag="vip")  # type: ignore[call-arg]
    api.approve_run(run)  # type: ignore[call-arg]
    api.inspect_run(3)  # type: ignore[arg-type]
    api.list_runs(limit="many")  # type: ignore[arg-type]
    api.inspect_run(run).id = run  # type: ignore[misc]
