"""Steps that return what their annotations say, and steps that don't."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field, SecretStr, field_validator
from typing_extensions import TypedDict

from squid_mesh import Outcome, Step, StepContext, Workflow, complete, cron, step

#: What the step returns next.
returned: list[Any] = []
#: What the reader got.
read: list[Any] = []
T = TypeVar("T")


class Invoice(BaseModel):
    amount: int = Field(ge=0)
    due: date | None = None
    token: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and len(token.get_secret_value()) < 8:
            raise ValueError(f"{token.get_secret_value()} is too short")
        return token


class Broken(BaseModel):
    amount: int = "many"  # type: ignore[assignment]


class Shape(TypedDict):
    sides: int


@dataclass
class Point:
    x: int


class Envelope(BaseModel, Generic[T]):
    body: T


def model() -> Invoice:
    return returned.pop()  # type: ignore[no-any-return]


def broken() -> Broken:
    return returned.pop()  # type: ignore[no-any-return]


def models() -> list[Invoice]:
    return returned.pop()  # type: ignore[no-any-return]


def either() -> Invoice | Shape:
    return returned.pop()  # type: ignore[no-any-return]


def shape() -> Shape:
    return returned.pop()  # type: ignore[no-any-return]


def point() -> Point:
    return returned.pop()  # type: ignore[no-any-return]


def positive() -> Annotated[int, Field(gt=0)]:
    return returned.pop()  # type: ignore[no-any-return]


def generic() -> Envelope[int]:
    return returned.pop()  # type: ignore[no-any-return]


def iterable() -> Iterable[int]:
    return returned.pop()  # type: ignore[no-any-return]


def nothing() -> None:
    return returned.pop()  # type: ignore[no-any-return]


def anything() -> Any:
    return returned.pop()


def undeclared():
    return returned.pop()


def labelled() -> Invoice | Outcome[Shape]:
    return returned.pop()  # type: ignore[no-any-return]


def loose() -> Invoice | Outcome:
    return returned.pop()  # type: ignore[no-any-return]


def take(value: Any) -> None:
    read.append(value)


def _returns(function: Any) -> type[Workflow]:
    class Body(Workflow):
        name = f"host.Returns{function.__name__.title()}"
        give = step(function, output="value", outcomes=["late"])
        use = step(take)
        flow = [give >> use, give.on("late") >> use]

    return Body


WORKFLOWS = {
    function.__name__: _returns(function)
    for function in (
        *(model, broken, models, either, shape, point, positive, generic, iterable, nothing, anything),
        *(undeclared, labelled, loose),
    )
}


def spoil_schedule(ctx: StepContext) -> None:
    assert isinstance(ctx.schedule, dict)
    ctx.schedule.clear()


def read_schedule(ctx: StepContext) -> dict[str, Any]:
    return dict(ctx.schedule or {})


class Scheduled(Workflow):
    nightly = cron("0 3 * * *")
    spoil = step(spoil_schedule)
    read = step(read_schedule, output="schedule")
    flow = spoil >> read


class Collects(Step):
    """Its class has a list that it changes."""

    seen: list[int] = []
    by_name = {"a": [1]}

    def run(self, number: int = 0) -> dict[str, Any]:
        self.seen.append(number)
        self.by_name["a"].append(number)
        return {"seen": self.seen, "by_name": self.by_name}


class Collecting(Workflow):
    class Payload(BaseModel):
        number: int

    collect = step(Collects, output="collected")
    flow = collect >> complete
