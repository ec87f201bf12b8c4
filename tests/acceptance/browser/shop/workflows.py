"""The shop's workflows: an approval with a form, one without, a pause, a failure, secrets."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from squid_mesh import StepContext, StepFailed, Workflow, approval, complete, cron, manual, pause, step


class Order(BaseModel):
    """An order that was paid."""

    number: int
    price: int


class Terms(BaseModel):
    """The form of a refund's approval."""

    percent: int = Field(ge=0, le=50, description="Of the price, at most 50.")
    note: str = ""


class Receipt(BaseModel):
    """Money that has gone back."""

    reference: str
    amount: int


def load(order: int) -> Order:
    """Read the order."""
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
    """Pay money back, after a member of finance has decided how much."""

    name = "shop.Refund"

    class Payload(BaseModel):
        order: int = Field(ge=1)
        card: SecretStr
        reason: str = ""

    by_hand = manual()

    load = step(load, output="found")
    review = approval("Refund this order?", output="terms", form=Terms, groups=["Finance"])
    pay = step(pay, output="receipt", irreversible=True)
    notify = step(note)

    flow = [load >> review >> pay >> notify, review.on("rejected") >> complete]


class Leave(Workflow):
    """A request for a day off."""

    name = "shop.Leave"

    by_hand = manual()

    review = approval("Grant the day off?", groups=["Finance"])
    notify = step(note)

    flow = [review >> notify, review.on("rejected") >> complete]


class Parcel(Workflow):
    """A parcel comes back, and goes on the shelf."""

    name = "shop.Parcel"

    by_hand = manual()
    nightly = cron("0 3 * * *")

    expect = step(note)
    arrived = pause("Has the parcel arrived?")
    shelve = step(shelve)
    notify = step(note)

    flow = expect >> arrived >> shelve >> notify
