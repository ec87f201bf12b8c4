"""Every argument of every public function: a value of the wrong type is a typed error, before any query.

Unit tests have no database, so these tests also show that nothing is read or written.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import FunctionType
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, PayloadError
from squid_mesh.lifecycle import RunStatus
from tests.host import workflows

NUMBERS: tuple[Any, ...] = (
    "1",
    1.5,
    True,
    float("nan"),
    float("inf"),
    1e300,
    2**40,
    -(2**40),
    Decimal(1),
    [1],
)
NO_TEXT: tuple[Any, ...] = (7, True, b"pay", ["pay"], {"a": 1}, 1.5, object())
NO_USER: tuple[Any, ...] = (7, True, b"ann", ["ann"], User)
BOOLS: tuple[Any, ...] = ("false", "true", "", 0, 1, [], object(), 1.0)
RUN_IDS: tuple[Any, ...] = (7, None, True, b"x", "x", "", [], 1.5, object)
WORKFLOWS: tuple[Any, ...] = (7, True, b"x", [], object, User, ("a",))

#: Values of the wrong type, by the argument's name.
WRONG: dict[str, tuple[Any, ...]] = {
    "action": ("fly", 7, None, []),
    "actor": NO_USER,
    "after": NO_TEXT,
    "allow_irreversible": (*BOOLS, None),
    "before": NUMBERS,
    "comment": (*NO_TEXT, None),
    "created_before": ("today", 7, True, 1e300),
    "created_from": ("today", 7, True, 1e300),
    "data": (7, "x", [1], True),
    "enabled": BOOLS,
    "exit": (*NO_TEXT, None),
    "expression": NO_TEXT,
    "format": (*NO_TEXT, None),
    "history": (*BOOLS, None),
    "idempotency_key": NO_TEXT,
    "limit": (*NUMBERS, None, -1),
    "name": (*NO_TEXT, None),
    "needs_person": (*BOOLS, None),
    "older_than": (timedelta.max, timedelta(-1), 7, "7d", None, True, float("nan")),
    "outcome": (*NO_TEXT, None),
    "reason": (*NO_TEXT, None),
    "recent": (*NUMBERS, -1),
    "most": (*NUMBERS, -1),
    "preview": (*NUMBERS, 0, -1),
    "snapshot": (7, "x", True, {}, UUID(int=7)),
    "steps": (7, True, "pay", b"x", [7], [None]),
    "steps_page": (*NO_TEXT, None),
    "run": (*RUN_IDS, workflows.Single),
    "run_id": RUN_IDS,
    "run_ids": (7, None, "x", [7], [None], ["x"], {"a": 1}),
    "search": (*NO_TEXT, None),
    "seconds": ("1", True, None, float("nan"), float("inf"), 1e300, 0, -1, Decimal(1)),
    "start_at": ("tomorrow", 7, True, 1e300),
    "status": NO_TEXT,
    "statuses": (7, None, "completed", [7], {"completed": 1}),
    "step": (7, True, b"x", ["x"], 1.5),
    "subject": (7, "x", True, User, object()),
    "tag": (7, None, [7], {"a": 1}, b"x"),
    "tags": (5, None, "a,b", [7], {"a": 1}, b"x"),
    "text": (*NO_TEXT, None),
    "timezone": NO_TEXT,
    "trigger": NO_TEXT,
    "user": (7, "ann", True, User),
    "visit": NUMBERS,
    "workflow": WORKFLOWS,
}
SNAPSHOT = api.RunSnapshot(
    id=UUID(int=7),
    workflow="host.Single",
    trigger="manual",
    status=RunStatus.COMPLETED,
    error=None,
    idempotency_key=None,
    subject=None,
    tags=(),
    replay_of=None,
    created_at=datetime(2026, 11, 27, tzinfo=UTC),
    started_at=None,
    finished_at=None,
    payload={},
    state={},
    schedule=None,
    fingerprint="f",
    steps=(),
)
#: A good value of each argument without a default.
GOOD: dict[str, Any] = {
    "action": "cancel_run",
    "actor": "test",
    "exit": "approved",
    "name": "nightly",
    "older_than": timedelta(days=1),
    "reason": "because",
    "run": UUID(int=7),
    "run_id": UUID(int=7),
    "run_ids": (),
    "seconds": 1,
    "snapshot": SNAPSHOT,
    "step": "pay",
    "steps": ["pay"],
    "text": "note",
    "user": User(username="ann"),
    "workflow": workflows.Single,
}


def functions() -> list[str]:
    """The public functions, without their async twins."""
    return [
        name
        for name in api.__all__
        if isinstance(getattr(api, name), FunctionType) and f"a{name}" in api.__all__
    ]


def cases() -> Iterator[Any]:
    for name in functions():
        for argument, parameter in inspect.signature(getattr(api, name)).parameters.items():
            if parameter.kind is not parameter.VAR_KEYWORD and argument not in ("payload", "output"):
                yield pytest.param(name, argument, id=f"{name}-{argument}")


def call_with(name: str, argument: str, value: Any) -> Any:
    """Call the function with one wrong argument, and good ones."""
    parameters = inspect.signature(getattr(api, name)).parameters.values()
    needed = {p.name: GOOD[p.name] for p in parameters if p.default is p.empty and p.name in GOOD}
    return getattr(api, name)(**{**needed, argument: value})


@pytest.mark.parametrize(("name", "argument"), list(cases()))
def test_a_wrong_type_is_an_invalid_argument_that_is_named(name: str, argument: str) -> None:
    for value in WRONG[argument]:
        with pytest.raises(InvalidArgument) as caught:
            call_with(name, argument, value)
        assert caught.value.details["argument"] == argument, value
        assert caught.value.as_dict()["code"] == "invalid_argument"


def test_async_twins_check_their_arguments_too() -> None:
    with pytest.raises(InvalidArgument):
        async_to_sync(api.areplay_run)(UUID(int=7), allow_irreversible="false")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        async_to_sync(api.aperform_action)("replay", UUID(int=7), allow_irreversible="false")  # type: ignore[arg-type]


@pytest.mark.parametrize("payload", [7, "x", [1], True, {1: 2}, {"\x00": 1}])
def test_a_payload_of_a_wrong_type_is_a_typed_error(payload: Any) -> None:
    with pytest.raises((InvalidArgument, PayloadError)):
        api.start_run(workflows.Single, payload)


def test_fields_of_an_action_are_checked_like_the_arguments_of_its_function() -> None:
    run_id = UUID(int=7)
    for fields in ({"allow_irreversible": "false"}, {"allow_irreversible": 1}, {"reason": 7}, {"speed": 3}):
        with pytest.raises(InvalidArgument) as caught:
            api.perform_action(api_action("replay"), run_id, **fields)
        assert caught.value.details["argument"] in fields


def test_an_action_names_the_field_that_is_missing() -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.perform_action(api_action("decide"), UUID(int=7), actor="test")
    assert caught.value.details["argument"] == "exit"
    with pytest.raises(InvalidArgument) as caught:
        api.perform_action(api_action("retry"), UUID(int=7))
    assert caught.value.details["argument"] == "step"


def test_an_error_does_not_repeat_the_value() -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.start_run(workflows.Single, idempotency_key=b"hunter2")  # type: ignore[arg-type]
    assert "hunter2" not in str(caught.value.as_dict())


def api_action(name: str) -> Any:
    return next(action for action in api.actions.FUNCTIONS if action.value.startswith(name))
