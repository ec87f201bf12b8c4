"""The shop's workflows: an approval with a form, one without, a pause, a failure, secrets."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from squid_mesh import StepContext, StepFailed, Workflow, approval, complete, cron, manual, pause, step


class Order(BaseModel):
    """An order that was paid."""

    number: int
    price: int


class Terms(BaseModel):
    """What whoever approves a refund fills in."""

    percent: int = Field(ge=0, le=50, description="Of the price, at most 50.")
    note: str = ""


class Receipt(BaseModel):
    """Money that has gone back."""

    reference: str
    amount: int


def load(order: int) -> Order:
    """Look the order up."""
    return Order(number=order, price=200)


def pay(found: Order, terms: Terms, ctx: StepContext) -> Receipt:
    """Give that share of the price back."""
    return Receipt(reference=ctx.idempotency_key, amount=found.price * terms.percent // 100)


def note(ctx: StepContext) -> None:
    """Leave a trace in the log."""
    ctx.logger.info("Done.")


def shelve(ctx: StepContext) -> None:
    """Put it on the shelf, which is full at first."""
    if ctx.attempt == 1:
        raise StepFailed("The shelf is full.")


class Refund(Workflow):
    """Give money back, once somebody of finance has said how much."""

    name = "shop.Refund"

    class Payload(BaseModel):
        order: int = Field(ge=1)
        card: SecretStr
        reason: str = ""

    by_hand = manual()

    load = step(load, output="found")
    review = approval("Refund this order?", output="terms", form=Terms, groups=["Finance"])
    pay = step(pay, output="receipt", irreversible=True)
    tell = step(note)

    flow = [load >> review >> pay >> tell, review.on("rejected") >> complete]


class Leave(Workflow):
    """Somebody wants a day off."""

    name = "shop.Leave"

    by_hand = manual()

    review = approval("Grant the day off?", groups=["Finance"])
    tell = step(note)

    flow = [review >> tell, review.on("rejected") >> complete]


class Parcel(Workflow):
    """A parcel comes back, and goes on the shelf."""

    name = "shop.Parcel"

    by_hand = manual()
    nightly = cron("0 3 * * *")

    expect = step(note)
    arrived = pause("Has the parcel arrived?")
    shelve = step(shelve)
    tell = step(note)

    flow = expect >> arrived >> shelve >> tell
