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


class Asks(Workflow):
    review = approval(form=Answer)
    flow = [review >> complete, review.on("rejected") >> fail]


class Hidden(Workflow):
    class Payload(BaseModel):
        token: SecretStr
        data: Any = None

    make = step(make, output="value")
