"""A payment at a bank that recognises a repeated request by its key."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Retry, StepContext, Workflow, exponential, step
from tests.recipes.partners import bank


def charge(card: str, amount: int, ctx: StepContext) -> dict[str, str]:
    receipt = bank.charge(card, amount, key=ctx.idempotency_key)
    return {"receipt": receipt}


def send_receipt(receipt: str) -> dict[str, str]:
    return {"sent": receipt}


class Checkout(Workflow):
    class Payload(BaseModel):
        card: str
        amount: int

    pay = step(charge, retry=Retry(5, backoff=exponential(min=1, max=300)))
    confirm = step(send_receipt)

    flow = pay >> confirm
