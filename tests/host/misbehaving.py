"""Steps and workflows that misbehave."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from squid_mesh import StepContext, Workflow, manual, step

SEEN: list[Any] = []
PLAN: dict[str, Any] = {}


def leave_open(ctx: StepContext) -> None:
    """Do what the plan says; it may leave the connection in a transaction."""
    SEEN.append((ctx.step, ctx.attempt))
    PLAN["leave"]()


def after(ctx: StepContext) -> None:
    SEEN.append((ctx.step, ctx.attempt))


class Leaves(Workflow):
    by_hand = manual()
    leave = step(leave_open)
    then = step(after)
    flow = leave >> then


def many_transactions() -> None:
    SEEN.append("began")
    while True:
        with transaction.atomic():
            pass


class Interrupted(Workflow):
    by_hand = manual()
    busy = step(many_transactions, timeout=0.15)


def mutate(ctx: StepContext) -> None:
    ctx.state["items"].append("mutated")


def see(items: list[str]) -> None:
    SEEN.append(list(items))


class Mutates(Workflow):
    class Payload(BaseModel):
        items: list[str]

    by_hand = manual()
    one = step(mutate)
    two = step(see)
    flow = one >> two


def give_ordered() -> dict[str, Any]:
    return {"zebra": 1, "ab": 2, "c": 3, "big": 1e25}


def see_order(given: dict[str, Any]) -> None:
    SEEN.append((list(given), type(given["big"])))
    if PLAN.get("fail") and len(SEEN) == 1:
        raise RuntimeError("again")


class Ordered(Workflow):
    by_hand = manual()
    one = step(give_ordered, output="given")
    two = step(see_order)
    flow = one >> two


class CamelPayload(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    account_id: int = Field(alias="accountId")
    api_key: SecretStr = Field(alias="apiKey", default=SecretStr("nothing"))


def camel(account_id: int) -> CamelPayload:
    SEEN.append(account_id)
    return CamelPayload.model_validate({"accountId": account_id, "apiKey": "hunter2-hunter2"})


def camel_next(account_id: int, api_key: SecretStr) -> None:
    SEEN.append((account_id, api_key.get_secret_value()))


class Camel(Workflow):
    Payload = CamelPayload
    by_hand = manual()
    one = step(camel)
    two = step(camel_next)
    flow = one >> two


def no() -> bool:
    return False


def give_discount() -> int:
    return 7


def use_discount(discount: int = 5) -> None:
    SEEN.append(discount)


class Bypasses(Workflow):
    by_hand = manual()
    one = step(give_discount, output="discount", when=no)
    two = step(use_discount)
    flow = one >> two


class BypassesPayload(Workflow):
    class Payload(BaseModel):
        discount: int = 3

    by_hand = manual()
    one = step(give_discount, output="discount", when=no)
    two = step(use_discount)
    flow = one >> two


class Odd(BaseException):
    """As gevent's and eventlet's timeouts are."""


def raise_odd() -> None:
    SEEN.append("odd")
    raise Odd("stop")


class Raises(Workflow):
    by_hand = manual()
    one = step(raise_odd)


def huge() -> dict[str, Any]:
    SEEN.append("huge")
    return {"n": 10**5000}


class Huge(Workflow):
    by_hand = manual()
    one = step(huge)


async def blocks() -> None:
    SEEN.append("began")
    time.sleep(0.8)
    SEEN.append("effect")


class Blocks(Workflow):
    by_hand = manual()
    one = step(blocks, timeout=0.2)


def left(ctx: StepContext) -> None:
    SEEN.append(ctx.step)


class Joins(Workflow):
    by_hand = manual()
    a = step(left)
    b = step(left)
    c = step(left, after=[a, b])


def use_alarm() -> None:
    """Do what the plan says; it may change the process's alarm."""
    PLAN["alarm"]()


class UsesAlarm(Workflow):
    by_hand = manual()
    one = step(use_alarm, timeout=0.5)
