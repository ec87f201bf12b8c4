"""Clocks that don't fire."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import Workflow, cron, manual, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


@pytest.mark.parametrize(
    ("expression", "fault"),
    [
        ("@reboot", "which doesn't have five fields; write minute hour day month weekday"),
        ("@daily", "which doesn't have five fields"),
        ("", "which doesn't have five fields"),
        ("0 9 * *", "which doesn't have five fields"),
        ("0 0 9 * * *", "which doesn't have five fields"),
        ("0 0 9 * * * 2026", "which doesn't have five fields"),
        ("0 0 30 2 *", "which never fires; choose a date that exists"),
        ("0 0 31 4,6,9,11 *", "which never fires; choose a date that exists"),
        ("61 * * * *", "which can't be read"),
        ("* * * * 8", "which can't be read"),
        ("a b c d e", "which can't be read"),
        ("H 9 * * *", "which leaves a time to chance; write numbers instead of H and R"),
        ("r(0-9) 9 * * *", "which leaves a time to chance"),
        ("0 9 5-5 * *", "which has the range 5-5 from a value to itself; write 5"),
        ("0 9 * * fri-fri", "which has the range fri-fri from a value to itself; write fri"),
        (5, "which is no text"),
    ],
)
def test_a_cron_expression_has_five_fields_and_fires(expression: Any, fault: str) -> None:
    with refused(f"Workflow rules.Post: trigger 'nightly' has the cron expression {expression!r}, {fault}"):

        class Post(Workflow):
            nightly = cron(expression)
            go = step(zoo.noop)


@pytest.mark.parametrize(
    "expression",
    [
        "0 9 * * 1-5",
        "*/5 * * * *",
        "0 0 29 2 *",
        "0 0 L * *",
        "0 9 * mar thu",
        "0 9 * * fri#2",
        "15 6-18/4 1,15 * *",
    ],
)
def test_ordinary_expressions_pass(expression: str) -> None:
    class Post(Workflow):
        nightly = cron(expression)
        go = step(zoo.noop)

    assert Post.blueprint.triggers[0].cron == expression


@pytest.mark.parametrize(
    ("timezone", "hint"),
    [
        ("Europe/Berln", " (did you mean 'Europe/Berlin'?); write one such as 'Europe/Berlin'"),
        ("Mars", "; write one"),
        ("Europe", ""),
        ("", ""),
        ("../etc/passwd", ""),
        ("/etc/localtime", ""),
        (None, ""),
        (2, ""),
    ],
)
def test_a_timezone_exists(timezone: Any, hint: str) -> None:
    with refused(f"trigger 'nightly' has the unknown timezone {timezone!r}{hint}"):

        class Post(Workflow):
            nightly = cron("0 9 * * *", timezone=timezone)
            go = step(zoo.noop)


@pytest.mark.parametrize(
    ("option", "fault"),
    [
        ({"catch_up": "last"}, "catch_up='last' (did you mean 'latest'?); write 'none', 'latest', 'all'"),
        ({"overlap": True}, "overlap=True; write 'allow', 'skip'"),
    ],
)
def test_policies_of_the_clock_are_known_words(option: dict[str, Any], fault: str) -> None:
    with refused(f"Workflow rules.Post: trigger 'nightly' has {fault}."):

        class Post(Workflow):
            nightly = cron("0 9 * * *", **option)
            go = step(zoo.noop)


def test_a_clock_needs_a_payload_with_defaults() -> None:
    with refused(
        "Workflow rules.Post: trigger 'nightly' starts runs without data, but its payload needs 'url'; "
        "give defaults, or give the trigger a payload= of its own."
    ):

        class Post(Workflow):
            class Payload(BaseModel):
                url: str
                limit: int = 5

            nightly = cron("0 9 * * *")
            go = step(zoo.noop)


def test_a_payload_of_its_own_serves_the_clock_where_the_shared_one_asks_for_data() -> None:
    class Scheduled(BaseModel):
        url: str = "https://example.com"

    class Post(Workflow):
        class Payload(BaseModel):
            url: str

        nightly = cron("0 9 * * *", payload=Scheduled)
        by_hand = manual()
        go = step(zoo.noop)

    assert [t.name for t in Post.blueprint.triggers] == ["nightly", "by_hand"]
