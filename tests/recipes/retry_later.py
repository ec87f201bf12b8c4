"""An amount in another currency, at today's rate, or at the last known one."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Retry, Workflow, exponential, step
from tests.recipes.partners import bank

LAST_KNOWN = {"CHF": 1.0, "XAU": 3900.0}


def fetch_rate(currency: str) -> dict[str, float]:
    return {"rate": bank.read_rate(currency)}


def use_last_rate(currency: str) -> dict[str, float]:
    return {"rate": LAST_KNOWN[currency]}


def convert(amount: float, rate: float) -> dict[str, float]:
    return {"converted": round(amount * rate, 2)}


class Convert(Workflow):
    class Payload(BaseModel):
        currency: str
        amount: float

    fetch = step(
        fetch_rate,
        retry=Retry(8, backoff=exponential(min=5, max=3600), give_up_on=LookupError),
    )
    fall_back = step(use_last_rate)
    result = step(convert)

    flow = [fetch >> result, fetch.on_error() >> fall_back >> result]
