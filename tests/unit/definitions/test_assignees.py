"""The people that an assignee function returns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import StepContext, StepFailed
from squid_mesh.definitions.assignees import find_assignees
from squid_mesh.definitions.code_paths import CodeMissing
from squid_mesh.definitions.values.signature import InputError

UNKNOWN_ID = UUID(int=5)


@dataclass
class User:
    pk: Any


class Users:
    """An iterable that is not a list, like a query set."""

    def __iter__(self) -> Iterator[User]:
        return iter([User(1), User(2)])


ANSWERS: dict[str, Any] = {
    "user": User(7),
    "user with a uuid": User(UNKNOWN_ID),
    "pk": 7,
    "uuid": UNKNOWN_ID,
    "username": "ada",
    "digits": "7",
    "several": [User(7), "ada", 8, 7],
    "nested": ("ada", ["bob"]),
    "query set": Users(),
    "none": None,
    "empty": [],
    "no name": "",
    "no names": [None, ""],
    "unsaved": User(None),
    "mapping": {"pk": 7},
    "flag": True,
    "number": 1.5,
    "bytes": b"ada",
}


def named(answer: str) -> Any:
    return ANSWERS[answer]


def of_the_context(ctx: StepContext) -> str:
    return ctx.step


HERE = f"{__name__}:named"


def context(**state: object) -> StepContext:
    return StepContext(run_id=UUID(int=1), workflow="w", step="review", state=state)


@pytest.mark.parametrize(
    ("answer", "assignees"),
    [
        ("user", ("pk:7",)),
        ("user with a uuid", (f"pk:{UNKNOWN_ID}",)),
        ("pk", ("pk:7",)),
        ("uuid", (f"pk:{UNKNOWN_ID}",)),
        ("username", ("username:ada",)),
        ("digits", ("username:7",)),
        ("several", ("pk:7", "username:ada", "pk:8")),
        ("nested", ("username:ada", "username:bob")),
        ("query set", ("pk:1", "pk:2")),
    ],
)
def test_users_keys_and_usernames_are_encoded_each_once(answer: str, assignees: tuple[str, ...]) -> None:
    assert find_assignees(HERE, context(answer=answer), 1) == assignees


@pytest.mark.parametrize("answer", ["none", "empty", "no name", "no names"])
def test_returning_no_person_fails_the_step(answer: str) -> None:
    with pytest.raises(StepFailed, match="returned too few people: 0, but 1 must approve") as caught:
        find_assignees(HERE, context(answer=answer), 1)
    assert caught.value.details == {"assignee": HERE, "named": [], "quorum": 1}


def test_returning_fewer_people_than_the_quorum_fails_the_step() -> None:
    with pytest.raises(StepFailed, match="returned too few people: 1, but 2 must approve"):
        find_assignees(HERE, context(answer="username"), 2)
    assert len(find_assignees(HERE, context(answer="query set"), 2)) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("unsaved", "User"), ("mapping", "dict"), ("flag", "bool"), ("number", "float"), ("bytes", "bytes")],
)
def test_returning_something_else_fails_the_step(answer: str, kind: str) -> None:
    with pytest.raises(StepFailed, match=f"returned a {kind}; return users, primary keys or usernames"):
        find_assignees(HERE, context(answer=answer), 1)


def test_the_function_is_bound_like_a_guard() -> None:
    assert find_assignees(f"{__name__}:of_the_context", context(), 1) == ("username:review",)
    with pytest.raises(InputError, match="answer: the state has no 'answer'"):
        find_assignees(HERE, context(), 1)
    with pytest.raises(CodeMissing):
        find_assignees(f"{__name__}:gone", context(), 1)
