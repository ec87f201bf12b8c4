"""Workflows whose values can be as large as a test needs."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, SecretStr

from squid_mesh import Workflow, approval, complete, fail, step

#: What the steps do next: a value that is returned, or an error that is raised.
made: list[Any] = []


def nested(levels: int) -> Any:
    """Return a value with that many levels."""
    value: Any = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


def make() -> Any:
    value = made.pop(0)
    if isinstance(value, BaseException):
        raise value
    return value


def take(value: Any) -> int:
    return len(str(value))


class Makes(Workflow):
    class Payload(BaseModel):
        data: Any = None

    make = step(make, output="value")
    take = step(take, output="taken")
    flow = make >> take


class Answer(BaseModel):
    text: str = ""
    data: Any = None


class AsksForText(Workflow):
    review = approval(form=Answer)
    flow = [review >> complete, review.on("rejected") >> fail]


class Hidden(Workflow):
    class Payload(BaseModel):
        token: SecretStr
        data: Any = None

    make = step(make, output="value")


class Large(BaseModel):
    token: SecretStr = SecretStr("s3cr3t-of-the-reef")
    numbers: list[int] = []
    text: str = ""
    pin: SecretStr = SecretStr("1234-5678")


def make_large(size: int) -> Large:
    return Large(numbers=list(range(1_000_000, 1_000_100)), text="x" * size)


class ManyLarge(Workflow):
    """Five steps with an output of the size that the payload asks for."""

    class Payload(BaseModel):
        size: int
        text: str = ""
        token: SecretStr = SecretStr("s3cr3t-of-the-reef")

    one = step(make_large, output="one")
    two = step(make_large, output="two")
    three = step(make_large, output="three")
    four = step(make_large, output="four")
    five = step(make_large, output="five")
    flow = one >> two >> three >> four >> five
