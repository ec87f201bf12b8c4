"""The workflow of the host projects: a step, an approval with a form, a step; a cron trigger."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, Field

from squid_mesh import StepContext, Workflow, approval, complete, cron, manual, step


class Terms(BaseModel):
    """What the approver decides."""

    price: int = Field(ge=0)


def _record(ctx: StepContext) -> None:
    """Append the step's key to the ledger that the environment names, and force it to disk."""
    ledger = os.open(Path(os.environ["SQUID_MESH_HOST_LEDGER"]), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(ledger, f"{ctx.idempotency_key}\n".encode())
        os.fsync(ledger)
    finally:
        os.close(ledger)


def pack(parcels: int, ctx: StepContext) -> int:
    """Pack the parcels."""
    ctx.logger.info("Packing %s parcels.", parcels)
    _record(ctx)
    return parcels


def ship(packed: int, terms: Terms, ctx: StepContext) -> int:
    """Ship them, and return the price of all."""
    _record(ctx)
    return packed * terms.price


class Shipping(Workflow):
    """Pack, ask for a price, ship."""

    class Payload(BaseModel):
        parcels: int = 1200

    by_hand = manual()
    yearly = cron("0 3 1 1 *")
    pack = step(pack, output="packed")
    review = approval("At which price?", output="terms", form=Terms, groups=["Managers"], not_by_starter=True)
    ship = step(ship, output="total")
    flow = [pack >> review >> ship, review.on("rejected") >> complete]
