"""Code that can't be imported by path or called by keyword."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import StepContext, Workflow, approval, complete, fail, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def find_people(names: list[str] = []) -> list[str]:  # noqa: B006
    return names


def guard_with_context(ctx: StepContext) -> bool:
    return ctx.attempt == 1


@pytest.mark.parametrize(
    ("target", "error"),
    [
        (sample_steps.a_lambda, "its target is a lambda; write a named function"),
        (
            sample_steps.make_local(),
            "its target is make_local.<locals>.local, defined inside a function; move it to the top",
        ),
        (
            sample_steps.a_partial,
            "its target is a functools.partial; write a named function that makes the call",
        ),
        (sample_steps.WithRun().run, "its target is a bound method; write a named function"),
        (
            sample_steps.renamed,
            "its target is not the object at tests.unit.definitions.sample_steps:noop",
        ),
        (sample_steps.Reserve(), "its target is an instance of Reserve; pass the class itself"),
        (
            sample_steps.NotAStep,
            "its target is the class NotAStep; make it a subclass of Step, or pass a function",
        ),
        (sample_steps.WithoutRun, "its class WithoutRun has no run method; define run(self, …)"),
        (
            sample_steps.NeedsArguments,
            "its class NeedsArguments needs arguments; give the parameters of __init__ defaults",
        ),
        ("shop.steps.pay", "its target is 'shop.steps.pay'; pass a named function"),
        (None, "its target is None; pass a named function"),
        (sample_steps.starred, "its function takes *args; name each parameter"),
        (sample_steps.double_starred, "its function takes **kwargs; name each parameter"),
        (sample_steps.positional, "its function takes 'order_id' by position only"),
        (sample_steps.two_contexts, "its function takes the StepContext twice, as one and two; keep one"),
        (sample_steps.unresolvable, "its function has an annotation that can't be resolved"),
        (
            sample_steps.unvalidatable,
            "its function has a parameter 'thing' whose type pydantic can't validate",
        ),
        (sample_steps.generator, "its function is a generator; return the value instead of yielding"),
        (
            sample_steps.keeps_list,
            "its function has a list as the default of 'tags', which all runs would share and could change",
        ),
        (
            sample_steps.has_field,
            "its function has Field(…) as the default of 'tags'; write the default value itself",
        ),
        (
            sample_steps.KeepsArguments,
            "its class KeepsArguments has a dict as the default of 'seen', which all runs would share",
        ),
    ],
)
def test_an_invalid_target_is_reported_with_its_reason(target: Any, error: str) -> None:
    with expect_problems(f"Workflow steps.Post, step 'go': {error}"):

        class Post(Workflow):
            go = step(target)


def test_a_callable_object_has_no_path() -> None:
    class Callable:
        def __call__(self) -> None: ...

    with expect_problems("which has no name to import; write a named function"):

        class Post(Workflow):
            go = step(Callable())


@pytest.mark.parametrize("target", [sample_steps.noop, sample_steps.async_noop, sample_steps.Reserve.make])
def test_functions_with_a_path_are_steps(target: Any) -> None:
    class Post(Workflow):
        go = step(target)

    assert Post.blueprint.by_name["go"].target.startswith("tests.unit.definitions.sample_steps:")


@pytest.mark.parametrize(
    ("guard", "error"),
    [
        (sample_steps.a_lambda, "its when= is a lambda; write a named function"),
        (sample_steps.make_local(), "its when= is make_local.<locals>.local, defined inside a function"),
        ("premium", "its when= is 'premium'; pass a named function"),
        (sample_steps.async_guard, "its when= is async; write a plain function"),
        (sample_steps.starred, "its when= takes *args; name each parameter"),
    ],
)
def test_an_invalid_guard_is_reported_with_its_reason(guard: Any, error: str) -> None:
    with expect_problems(f"step 'go': {error}"):

        class Post(Workflow):
            go = step(sample_steps.noop, when=guard)


def test_a_guard_may_take_the_context() -> None:
    class Post(Workflow):
        go = step(sample_steps.noop, when=guard_with_context)

    assert Post.blueprint.by_name["go"].when == f"{__name__}:guard_with_context"


@pytest.mark.parametrize(
    ("assignee", "error"),
    [
        (sample_steps.a_lambda, "its assignee= is a lambda; write a named function"),
        (sample_steps.a_partial, "its assignee= is a functools.partial; write a named function"),
        ("ada", "its assignee= is 'ada'; pass a named function"),
        (sample_steps.async_noop, "its assignee= is async; write a plain function"),
        (sample_steps.starred, "its assignee= takes *args; name each parameter"),
    ],
)
def test_an_invalid_assignee_function_is_reported_with_its_reason(assignee: Any, error: str) -> None:
    with expect_problems(f"step 'review': {error}"):

        class Post(Workflow):
            review = approval(assignee=assignee)
            flow = [review >> complete, review.on("rejected") >> fail]


def test_a_mutable_default_is_found_in_models_tuples_guards_and_assignees() -> None:
    with expect_problems(
        "its function has a Feed as the default of 'feed'",
        "its function has a tuple as the default of 'point'",
        "its when= has a Feed as the default of 'feed'",
        "its when= has a tuple as the default of 'point'",
        "its assignee= has a list as the default of 'names'",
    ):

        class Post(Workflow):
            go = step(sample_steps.keeps_model, when=sample_steps.keeps_model, output="kept")
            review = approval(assignee=find_people)
            flow = [go >> review >> complete, review.on("rejected") >> fail]


def test_a_default_that_does_not_fit_its_annotation_is_found() -> None:
    text = "has a default of {!r} that doesn't fit its annotation (Input should be a valid {}"
    with expect_problems(
        f"its function {text.format('count', 'integer')}",
        f"its function {text.format('at', 'datetime')}",
        f"its when= {text.format('count', 'integer')}",
        f"its when= {text.format('at', 'datetime')}",
    ):

        class Post(Workflow):
            go = step(sample_steps.counts_with_text, when=sample_steps.counts_with_text)  # type: ignore[arg-type]


def test_an_immutable_default_passes() -> None:
    class Post(Workflow):
        go = step(sample_steps.keeps_nothing)

    assert not Post.problems
