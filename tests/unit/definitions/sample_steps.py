"""Small steps, guards and models at module level, as definitions need them."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic import BaseModel, Field, SecretStr

from squid_mesh import Outcome, Step, StepContext

if TYPE_CHECKING:
    from decimal import Decimal


class Feed(BaseModel):
    title: str = "news"
    items: list[str] = []


class Digest(BaseModel):
    text: str = ""


class Credentials(BaseModel):
    user: str = "squid"
    token: SecretStr = SecretStr("ink")


class Loose(BaseModel, extra="allow"):
    known: int = 0


class Shape(TypedDict):
    sides: int


@dataclass
class Point:
    x: int = 0
    y: int = 0


class Decision(BaseModel):
    discount_percent: int = Field(ge=0, le=50)


class Signed(BaseModel):
    pin: SecretStr


class Busy(Exception):
    """The other system is busy."""


class Unshowable(BaseModel, arbitrary_types_allowed=True):
    error: Busy


def noop() -> None:
    """Do nothing."""


def other() -> None:
    """Do nothing, too."""


def third() -> None:
    """Do nothing, as a third step."""


def anything():
    """Return something, without an annotation."""
    return {}


def make_feed() -> Feed:
    return Feed()


def make_digest() -> Digest:
    return Digest()


def make_credentials() -> Credentials:
    return Credentials()


def feed_or_nothing() -> Feed | None:
    return None


def feed_or_digest() -> Feed | Digest:
    return Feed()


def feed_or_outcome() -> Feed | Outcome:
    return Outcome("late")


def make_dict() -> dict[str, Any]:
    return {}


def make_point() -> Point:
    return Point()


def make_shape() -> Shape:
    return {"sides": 3}


def make_number() -> int:
    return 1


def make_list() -> list[str] | None:
    return []


def read_feed(feed: Feed) -> None:
    """Needs ``feed``."""


def read_title(title: str) -> None:
    """Needs ``title``."""


def read_order(order_id: int) -> None:
    """Needs ``order_id``."""


def read_posted_on(posted_on: date = date(2026, 11, 22), ctx: StepContext | None = None) -> None:
    """Need nothing, because the parameter has a default."""


def is_premium(premium: bool) -> bool:
    return premium


def manager(order_id: int) -> int:
    return order_id


def read_discount(discount_percent: int) -> None:
    """Needs ``discount_percent``."""


def read_review(review: Decision) -> None:
    """Needs ``review``."""


def always() -> bool:
    return True


async def async_noop() -> None:
    """Do nothing, asynchronously."""


async def async_guard() -> bool:
    return True


def two_contexts(one: StepContext, two: StepContext) -> None:
    """Take two contexts."""


def starred(*args: int) -> None:
    """Take *args."""


def double_starred(**kwargs: int) -> None:
    """Take **kwargs."""


def positional(order_id: int, /) -> None:
    """Take a positional-only parameter."""


def unresolvable(price: Decimal) -> None:
    """Take a parameter whose annotation only type checkers know."""


def unvalidatable(thing: threading.Lock) -> None:
    """Take a parameter that pydantic can't validate."""


def generator() -> Iterator[int]:
    yield 1


a_lambda = lambda: None  # noqa: E731
a_partial = functools.partial(read_order, order_id=1)
renamed = functools.wraps(noop)(lambda: None)


def make_local() -> Callable[[], None]:
    def local() -> None:
        """Not importable."""

    return local


class Reserve(Step):
    def run(self, order_id: int, ctx: StepContext) -> Feed:
        return Feed()

    @classmethod
    def make(cls) -> None:
        """A class method, which has a path."""


class WithRun(Step):
    def run(self) -> None:
        """A method; bound to an object it is not a valid target."""


class WithoutRun(Step):
    """A step class without run."""


def keeps_list(tags: list[str] = []) -> None:  # noqa: B006
    """Its default is shared by all calls."""


def keeps_model(feed: Feed = Feed(), point: tuple[Any, ...] = (1, [])) -> bool:  # noqa: B008
    return True


def has_field(tags: list[str] = Field(default_factory=list)) -> None: ...  # noqa: B008


def counts_with_text(count: int = "many", at: datetime = "noon") -> None:  # type: ignore[assignment]
    """Neither default is a value of its parameter's type."""


def keeps_nothing(
    tags: tuple[str, ...] = ("a", "b"), at: date = date(2026, 1, 1), client: object = object()
) -> None: ...


class KeepsArguments(Step):
    def __init__(self, seen: dict[str, int] = {}) -> None:  # noqa: B006
        self.seen = seen

    def run(self) -> None: ...


class NeedsArguments(Step):
    def __init__(self, url: str) -> None:
        self.url = url

    def run(self) -> None:
        """Do nothing."""


class NotAStep:
    def run(self) -> None:
        """Do nothing."""


class Order(BaseModel):
    order_id: int
    note: str = Field(default="", max_length=20)
