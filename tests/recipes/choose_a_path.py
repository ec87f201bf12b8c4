"""A parcel: small ones by bike, large ones by lorry, heavy ones checked first."""

from __future__ import annotations

from pydantic import BaseModel

from squid_mesh import Outcome, Workflow, fail, step


def weigh(grams: int) -> Outcome[dict[str, float]]:
    kilos = grams / 1000
    if kilos <= 0:
        return Outcome("empty")
    return Outcome("small" if kilos < 5 else "large", {"kilos": kilos})


def is_heavy(kilos: float) -> bool:
    return kilos > 30


def check_lift() -> dict[str, bool]:
    return {"lift": True}


def by_bike() -> dict[str, str]:
    return {"sent_by": "bike"}


def by_lorry() -> dict[str, str]:
    return {"sent_by": "lorry"}


class Parcel(Workflow):
    class Payload(BaseModel):
        grams: int

    scale = step(weigh)
    lift = step(check_lift, when=is_heavy)
    bike = step(by_bike)
    lorry = step(by_lorry)

    flow = [
        scale.on("small") >> bike,
        scale.on("large") >> lift >> lorry,
        scale.on("empty") >> fail,
    ]
