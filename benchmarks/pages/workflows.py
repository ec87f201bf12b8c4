"""What the tables are filled with: orders that complete, fail, sleep, or wait for one of two groups."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel

from squid_mesh import Retry, Workflow, approval, fail, fixed, manual, step, wait

WAREHOUSE = "Warehouse"
FINANCE = "Finance"


class Payload(BaseModel):
    order: int = 4711
    customer: str = "Ada Lovelace"
    lines: tuple[str, ...] = ("two lamps", "a chair", "a table of oak")


def price(order: int) -> dict[str, int]:
    """Give something to show."""
    return {"total": order * 3}


def ship(order: int) -> dict[str, str]:
    """Give something to show."""
    return {"parcel": f"P{order}"}


def refuse(order: int) -> None:
    """Fail, as the pages are to show that too."""
    raise ConnectionError(f"the carrier doesn't answer for order {order}")


class Order(Workflow):
    """Three steps, one after the other."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    send = step(ship)
    thank = step(price, output="thanks")

    flow = quote >> send >> thank


class RefusedOrder(Workflow):
    """Fails in its second step."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    send = step(refuse, retry=Retry(max_attempts=1))

    flow = quote >> send


class SleepingOrder(Workflow):
    """Waits for weeks."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    sleep = wait(timedelta(days=30))
    send = step(ship)

    flow = quote >> sleep >> send


class CheckedOrder(Workflow):
    """Waits for a member of the warehouse group."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    check = approval("Is it complete?", groups=[WAREHOUSE])
    send = step(ship)

    flow = [quote >> check >> send, check.on("rejected") >> fail]


class LargeOrder(Workflow):
    """Waits for a member of the finance group."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    check = approval(
        "Is it to be paid later?", groups=[FINANCE], deadline=timedelta(days=90), on_timeout="rejected"
    )
    send = step(ship)

    flow = [quote >> check >> send, check.on("rejected") >> fail]


class StubbornOrder(Workflow):
    """Fails its first attempts."""

    Payload = Payload
    by_hand = manual()

    quote = step(price)
    send = step(refuse, retry=Retry(max_attempts=100_000, backoff=fixed(3600)))

    flow = quote >> send


def chain(steps: int) -> type[Workflow]:
    """Return a workflow of that many steps, one after the other."""
    declared = {f"step{n}": step(price, output=f"total{n}") for n in range(steps)}
    first, *others = declared.values()
    flow: Any = first
    for one in others:
        flow = flow >> one
    body = {**declared, "Payload": Payload, "by_hand": manual(), "flow": flow, "__module__": __name__}
    return type(f"Chain{steps}", (Workflow,), body)


SHORT_CHAIN, LONG_CHAIN = chain(20), chain(2_000)
