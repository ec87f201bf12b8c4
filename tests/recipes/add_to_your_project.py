"""An order that is sent after a person has checked it."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Retry, Workflow, approval, exponential, fail, manual, step


def reserve(order_id: int) -> dict[str, str]:
    return {"shelf": f"A{order_id}"}


def ship(order_id: int, shelf: str) -> dict[str, str]:
    return {"sent": f"order {order_id} from shelf {shelf}"}


class Fulfil(Workflow):
    """Send an order after a person has checked it."""

    class Payload(BaseModel):
        order_id: int

    ordered = manual()

    shelf = step(reserve)
    check = approval("Is the order complete?")
    send = step(ship, retry=Retry(max_attempts=5, backoff=exponential(min=1, max=60)))

    flow = [shelf >> check >> send, check.on("rejected") >> fail]
