"""Workflows whose payloads have defaults that differ each time, at every depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any, Literal, NamedTuple, NotRequired, Self
from uuid import UUID, uuid4

from pydantic import AliasChoices, AliasPath, BaseModel, Field, RootModel, SecretStr, model_validator
from typing_extensions import TypedDict

from squid_mesh import Workflow, cron, manual, step
from tests.host import steps

_numbers = count()


def serial() -> int:
    """Return another number each time."""
    return next(_numbers)


class Line(BaseModel):
    sku: str = Field(alias="SKU")
    number: int = Field(default_factory=serial)


@dataclass
class Address:
    city: str
    noted: int = field(default_factory=serial)


class Options(TypedDict):
    gift: NotRequired[bool]


class Point(NamedTuple):
    x: int
    y: int = 0


class ByMail(BaseModel):
    kind: Literal["mail"] = "mail"
    address: Address


class ByHand(BaseModel):
    kind: Literal["hand"] = "hand"
    at: UUID = Field(default_factory=uuid4)


class Lines(RootModel[list[Line]]):
    pass


class Order(Workflow):
    class Payload(BaseModel):
        amount: Decimal = Decimal(1)
        weight: float = 0.0
        count: int = Field(1, validation_alias=AliasChoices("count", "how_many", AliasPath("counts", 0)))
        due: datetime | None = None
        lines: list[Line] = []
        rooted: Lines = Lines([])
        by_name: dict[str, Line] = {}
        address: Address | None = None
        options: Options = {}
        point: Point = Point(0)
        ship: ByMail | ByHand | None = None
        labels: set[str] = set()
        anything: Any = None
        token: SecretStr = SecretStr("none")
        placed: datetime = Field(default_factory=lambda: datetime.now(UTC))
        number: int = Field(default_factory=serial)

    by_hand = manual()
    nightly = cron("0 3 * * *")
    only = step(steps.act)


class Stamped(Workflow):
    class Payload(BaseModel):
        order_id: int
        stamp: int | None = None

        @model_validator(mode="after")
        def add_stamp(self) -> Self:
            self.stamp = self.stamp or 1 + serial()
            return self

    only = step(steps.act)


class Renamed(Workflow):
    class Payload(BaseModel):
        order_id: int = 0
        number: int = Field(default_factory=serial)

        @model_validator(mode="before")
        @classmethod
        def rename(cls, data: Any) -> Any:
            return {"order_id": data["id"]} if "id" in data else data

    only = step(steps.act)
