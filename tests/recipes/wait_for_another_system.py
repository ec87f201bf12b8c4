"""A brochure that a printing office needs hours for."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Defer, StepContext, StepFailed, Workflow, step
from tests.recipes.partners import printer


def order(text: str) -> dict[str, str]:
    return {"job": f"job for {text}"}


def collect(job: str, ctx: StepContext) -> dict[str, int]:
    pages = printer.find_pages(job)
    if pages is None and ctx.attempt >= 300:
        raise StepFailed("The printing office needs more than a day.", job=job)
    if pages is None:
        raise Defer("The printing office isn't ready.", minutes=5)
    return {"pages": pages}


class Brochure(Workflow):
    class Payload(BaseModel):
        text: str

    send = step(order)
    receive = step(collect)

    flow = send >> receive
