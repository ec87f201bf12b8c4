"""Invalid cron triggers."""

from __future__ import annotations

from inspect import getsource
from typing import Any

import pytest
from pydantic import BaseModel

from squid_mesh import DefinitionError, Workflow, cron, manual, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("@reboot", "which doesn't have five fields; write minute hour day month weekday"),
        ("@daily", "which doesn't have five fields"),
        ("", "which doesn't have five fields"),
        ("0 9 * *", "which doesn't have five fields"),
        ("0 0 9 * * *", "which doesn't have five fields"),
        ("0 0 9 * * * 2026", "which doesn't have five fields"),
        ("0 0 30 2 *", "which never fires; choose a date that exists"),
        ("0 0 31 4,6,9,11 *", "which never fires; choose a date that exists"),
        ("61 * * * *", "which can't be parsed"),
        ("* * * * 8", "which can't be parsed"),
        ("a b c d e", "which can't be parsed"),
        ("H 9 * * *", "which contains a random time; write numbers instead of H and R"),
        ("r(0-9) 9 * * *", "which contains a random time"),
        ("0 9 5-5 * *", "which contains the range 5-5, which is one value; write 5"),
        ("0 9 * * fri-fri", "which contains the range fri-fri, which is one value; write fri"),
        (5, "which is not a string"),
    ],
)
def test_a_cron_expression_has_five_fields_and_fires(expression: Any, error: str) -> None:
    with expect_problems(
        f"Workflow rules.Post: trigger 'nightly' has the cron expression {expression!r}, {error}"
    ):

        class Post(Workflow):
            nightly = cron(expression)
            go = step(sample_steps.noop)


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
        go = step(sample_steps.noop)

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
    with expect_problems(f"trigger 'nightly' has the unknown timezone {timezone!r}{hint}"):

        class Post(Workflow):
            nightly = cron("0 9 * * *", timezone=timezone)
            go = step(sample_steps.noop)


@pytest.mark.parametrize(
    ("option", "error"),
    [
        (
            {"catch_up": "last"},
            "catch_up='last' (did you mean 'latest'?); use one of 'none', 'latest', 'all'",
        ),
        ({"overlap": True}, "overlap=True; use one of 'allow', 'skip'"),
    ],
)
def test_catch_up_and_overlap_have_known_values(option: dict[str, Any], error: str) -> None:
    with expect_problems(f"Workflow rules.Post: trigger 'nightly' has {error}."):

        class Post(Workflow):
            nightly = cron("0 9 * * *", **option)
            go = step(sample_steps.noop)


def test_a_problem_of_a_trigger_names_the_line_of_the_trigger() -> None:
    with pytest.raises(DefinitionError) as caught:

        class Post(Workflow):
            go = step(sample_steps.noop)
            nightly = cron("0 9 * * *", overlap="wait")  # type: ignore[arg-type]

    (problem,) = caught.value.details["problems"]
    line = (
        getsource(test_a_problem_of_a_trigger_names_the_line_of_the_trigger)
        .splitlines()
        .index('            nightly = cron("0 9 * * *", overlap="wait")  # type: ignore[arg-type]')
    )
    first = test_a_problem_of_a_trigger_names_the_line_of_the_trigger.__code__.co_firstlineno
    assert problem.endswith(f"{__file__}:{first + line}]")


def test_a_cron_trigger_needs_a_payload_with_defaults() -> None:
    with expect_problems(
        "Workflow rules.Post: trigger 'nightly' starts runs without data, but its payload requires 'url'; "
        "add defaults, or give the trigger its own payload=."
    ):

        class Post(Workflow):
            class Payload(BaseModel):
                url: str
                limit: int = 5

            nightly = cron("0 9 * * *")
            go = step(sample_steps.noop)


def test_a_cron_trigger_may_have_its_own_payload() -> None:
    class Scheduled(BaseModel):
        url: str = "https://example.com"

    class Post(Workflow):
        class Payload(BaseModel):
            url: str

        nightly = cron("0 9 * * *", payload=Scheduled)
        by_hand = manual()
        go = step(sample_steps.noop)

    assert [t.name for t in Post.blueprint.triggers] == ["nightly", "by_hand"]
