"""An order that is stored and started in one transaction."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import transaction
from pydantic import BaseModel

from squid_mesh import Workflow, api, step
from tests.host.models import Order


def pack(order_id: int) -> dict[str, str]:
    return {"packed": Order.objects.get(pk=order_id).note}


class Deliver(Workflow):
    class Payload(BaseModel):
        order_id: int

    packing = step(pack)


def place_order(note: str, user: User) -> Order:
    with transaction.atomic():
        order = Order.objects.create(note=note)
        api.start_run(
            Deliver,
            {"order_id": order.pk},
            idempotency_key=f"order-{order.pk}",
            subject=order,
            actor=user,
        )
    return order
