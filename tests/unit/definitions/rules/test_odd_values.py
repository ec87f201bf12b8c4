"""Every argument of every declaration, and every operand, with values of the wrong type: DefinitionError."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from types import FunctionType, MappingProxyType
from typing import Any

import pytest
from django.utils.functional import SimpleLazyObject
from pydantic import BaseModel

import squid_mesh
from squid_mesh import DefinitionError, Retry, Workflow, approval, complete, escalate, fail, manual, step
from squid_mesh.definitions import registry
from tests.unit.definitions import sample_steps


class Array:
    """Compares like an array of numpy."""

    def __eq__(self, other: object) -> Any:
        return Array()

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")

    __hash__ = None  # type: ignore[assignment]


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError("unreadable")

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        2**2000,
        1.5,
        float("nan"),
        float("inf"),
        "",
        "x",
        "\x00",
        "\ud800",
        "a" * 300,
        b"x",
        1j,
    ),
    *(
        [],
        ["a"],
        [None],
        ("a",),
        {"a"},
        {"a": 1},
        {1: 2},
        {"": "x"},
        iter(["a"]),
        range(3),
        MappingProxyType({"a": 1}),
    ),
    *(
        object(),
        object,
        BaseModel,
        Exception,
        [Exception],
        Decimal("NaN"),
        timedelta.max,
        timedelta(-1),
        ...,
        len,
    ),
    *(
        lambda: 1,
        sample_steps.noop,
        staticmethod(len),
        functools.partial(len),
        Retry,
        Retry(2),
        step,
        Workflow,
    ),
    *(
        complete,
        manual(),
        escalate(),
        Array(),
        Unreadable(),
        SimpleLazyObject(lambda: "x"),
        step(sample_steps.noop),
    ),
)
GOOD: Mapping[str, Any] = {
    "target": sample_steps.noop,
    "message": "hi",
    "expression": "0 0 * * *",
    "max_attempts": 3,
    "seconds": 1,
}


def declare(**body: Any) -> None:
    with registry.isolate():
        type("Odd", (Workflow,), {"__module__": __name__, **body})


def declare_step(declared: Any) -> None:
    other = step(sample_steps.other)
    flow = [declared >> other]
    if getattr(declared, "is_approval", False):
        flow.append(declared.on("rejected") >> fail)
    declare(odd=declared, other=other, flow=flow)


def declare_trigger(declared: Any) -> None:
    declare(odd=declared, only=step(sample_steps.noop))


def declare_retry(retry: Any) -> None:
    declare(only=step(sample_steps.noop, retry=retry))


def declare_escalation(escalation: Any) -> None:
    declare_step(approval(deadline=60, on_timeout=escalation))


#: How the result of each public function becomes part of a workflow.
USES: Mapping[str, Callable[[Any], None]] = {
    **dict.fromkeys(("step", "wait", "log", "pause", "approval"), declare_step),
    **dict.fromkeys(("manual", "cron"), declare_trigger),
    **dict.fromkeys(("exponential", "linear", "fixed"), lambda delays: declare_retry(Retry(3, delays))),
    "Retry": declare_retry,
    "escalate": declare_escalation,
}


def arguments() -> Iterator[Any]:
    for name, use in USES.items():
        function = getattr(squid_mesh, name)
        for argument in inspect.signature(function).parameters:
            yield pytest.param(function, argument, use, id=f"{name}-{argument}")


def test_every_function_that_declares_is_tried() -> None:
    functions = {name for name in squid_mesh.__all__ if isinstance(getattr(squid_mesh, name), FunctionType)}
    assert functions <= set(USES)


@pytest.mark.parametrize(("function", "argument", "use"), list(arguments()))
def test_an_odd_argument_is_accepted_or_a_definition_error(
    function: Callable[..., Any], argument: str, use: Callable[[Any], None]
) -> None:
    needed = [p.name for p in inspect.signature(function).parameters.values() if p.default is p.empty]
    for value in ODD:
        given = {**{name: GOOD[name] for name in needed if name in GOOD}, argument: value}
        with suppress(DefinitionError):
            use(function(**given))


OPERATIONS: Mapping[str, Callable[[Any, Any, Any], Any]] = {
    "after": lambda one, other, odd: one >> odd,
    "before": lambda one, other, odd: odd >> one if odd is not complete else None,
    "in a list": lambda one, other, odd: [one, odd],
    "flow": lambda one, other, odd: odd,
    "label": lambda one, other, odd: one.on(odd) >> other,
    "rewind": lambda one, other, odd: one >> other.on("again").rewind(odd),
    "visits": lambda one, other, odd: one >> other.on("again").rewind(one, max_visits=odd),
    "recovery": lambda one, other, odd: one.on_error(recovery=odd) >> other,
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_an_odd_operand_is_accepted_or_a_definition_error(operation: Callable[[Any, Any, Any], Any]) -> None:
    for value in ODD:
        one, other = step(sample_steps.noop), step(sample_steps.other)
        with suppress(DefinitionError):
            declare(one=one, other=other, flow=operation(one, other, value))


@pytest.mark.parametrize(
    "attribute", ["name", "Payload", "flow", "only", "blueprint", "problems", "compile_as"]
)
def test_an_odd_attribute_is_accepted_or_a_definition_error(attribute: str) -> None:
    for value in ODD:
        with suppress(DefinitionError):
            declare(**{"only": step(sample_steps.noop), attribute: value})


def test_a_reserved_attribute_is_named() -> None:
    with pytest.raises(DefinitionError, match="its attribute blueprint is reserved by Workflow"):
        declare(only=step(sample_steps.noop), blueprint=7)


def test_a_value_that_cant_be_read_is_named() -> None:
    with pytest.raises(DefinitionError, match=r"can't be read.*truth value of an array is ambiguous"):
        declare(only=step(sample_steps.noop, join=Array()))  # type: ignore[arg-type]


@pytest.mark.parametrize("attribute", ["Payload", "payload", "form"])
def test_a_model_is_a_subclass_of_base_model(attribute: str) -> None:
    body: dict[str, Any] = {"only": step(sample_steps.noop)}
    if attribute == "Payload":
        body["Payload"] = BaseModel
    elif attribute == "payload":
        body["start"] = manual(payload=BaseModel)
    else:
        body["only"] = approval(form=BaseModel)
    with pytest.raises(DefinitionError, match="use a subclass of pydantic's BaseModel"):
        declare(**body)
