"""Steps that do what the test says: ``PLAN`` by step name; a list has one entry for each execution."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel, SecretStr

from squid_mesh import Step, StepContext
from squid_mesh.tools import http
from squid_mesh.tools.errors import ToolError

PLAN: dict[str, Any] = {}
CALLS: list[str] = []
CONTEXTS: list[StepContext] = []


class Busy(Exception):
    """The other system is busy."""


class Broken(Exception):
    """The other system is broken."""


class TillBusy(ToolError):
    """The error of a tool in the project."""

    code = "till_busy"


def made_at() -> str:
    """Return a payload's default, or fail if the test says so."""
    todo = PLAN.get("made_at", "then")
    if isinstance(todo, BaseException):
        raise todo
    return todo


def act(ctx: StepContext):
    CALLS.append(ctx.step)
    CONTEXTS.append(ctx)
    todo = PLAN.get(ctx.step)
    if isinstance(todo, list):
        todo = todo.pop(0) if todo else None
    if isinstance(todo, BaseException):
        raise todo
    return todo(ctx) if callable(todo) else todo


async def act_async(ctx: StepContext):
    result = act(ctx)
    return await result if inspect.isawaitable(result) else result


def guard(ctx: StepContext) -> bool:
    todo = PLAN.get(f"{ctx.step}?", True)
    if isinstance(todo, BaseException):
        raise todo
    return bool(todo)


def silent(ctx: StepContext) -> None:
    CALLS.append(ctx.step)


def count(amount: int) -> int:
    CALLS.append("count")
    return amount + 1


class Charge(Step):
    """A step as a class."""

    def run(self, order_id: int) -> dict[str, Any]:
        CALLS.append("charge")
        return {"charged": order_id}


class Card(BaseModel):
    owner: str
    number: SecretStr


def make_card() -> Card:
    return Card(owner="squid", number=SecretStr("4000-1234"))


def use_token(given: SecretStr, card: Card) -> dict[str, str]:
    return {"seen": given.get_secret_value()[:1]}


#: As a project's settings hold it.
API_KEY = "sk-live-4f9a8e7d6c5b4a39"


def call_shop(shop_url: SecretStr, token: SecretStr, ctx: StepContext) -> dict[str, int]:
    """Call another system, with secrets in every part of the call."""
    answer = http.post(
        shop_url,
        headers={"Authorization": f"Bearer {API_KEY}"},
        params={"api_key": token},
        json={"card": {"token": token}, "note": "ordinary"},
        idempotency_key=ctx.idempotency_key,
    )
    return {"answered": answer.status}
