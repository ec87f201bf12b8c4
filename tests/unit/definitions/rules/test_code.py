"""Code that can't be stored by path or called by name."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import StepContext, Workflow, approval, complete, fail, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


def guard_with_context(ctx: StepContext) -> bool:
    return ctx.attempt == 1


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        (zoo.a_lambda, "its target is a lambda; write a named function"),
        (
            zoo.make_local(),
            "its target is make_local.<locals>.local, local to a function; move it to the top",
        ),
        (zoo.a_partial, "its target is a partial; write a named function that makes the call"),
        (zoo.WithRun().run, "its target is a method bound to an object; write a named function"),
        (
            zoo.renamed,
            "its target is not what tests.unit.definitions.zoo:noop leads to; give it a name of its own",
        ),
        (zoo.Reserve(), "its target is an instance of Reserve; give the class itself"),
        (zoo.NotAStep, "its target is the class NotAStep; make it a subclass of Step, or give a function"),
        (zoo.WithoutRun, "its class WithoutRun has no run method; define run(self, …)"),
        (
            zoo.NeedsArguments,
            "its class NeedsArguments can't be made without arguments; give __init__ defaults",
        ),
        ("shop.steps.pay", "its target is 'shop.steps.pay'; give a named function"),
        (None, "its target is None; give a named function"),
        (zoo.starred, "its function takes *args; name each parameter"),
        (zoo.double_starred, "its function takes **kwargs; name each parameter"),
        (zoo.positional, "its function takes 'order_id' by position only"),
        (zoo.two_contexts, "its function takes the StepContext twice, as one and two; keep one"),
        (zoo.unresolvable, "its function has an annotation that can't be resolved"),
        (zoo.unvalidatable, "its function has a parameter 'thing' of a type that pydantic can't validate"),
        (zoo.generator, "its function is a generator; return the value instead of yielding"),
    ],
)
def test_what_is_no_step_code_says_why(target: Any, fault: str) -> None:
    with refused(f"Workflow rules.Post, step 'go': {fault}"):

        class Post(Workflow):
            go = step(target)


def test_an_object_that_can_be_called_has_no_path() -> None:
    class Callable:
        def __call__(self) -> None: ...

    with refused("which has no name to import it by; write a named function"):

        class Post(Workflow):
            go = step(Callable())


@pytest.mark.parametrize("target", [zoo.noop, zoo.async_noop, zoo.Reserve.make])
def test_functions_with_a_path_are_steps(target: Any) -> None:
    class Post(Workflow):
        go = step(target)

    assert Post.blueprint.by_name["go"].target.startswith("tests.unit.definitions.zoo:")


@pytest.mark.parametrize(
    ("guard", "fault"),
    [
        (zoo.a_lambda, "its when= is a lambda; write a named function"),
        (zoo.make_local(), "its when= is make_local.<locals>.local, local to a function"),
        ("premium", "its when= is 'premium'; give a named function"),
        (zoo.async_guard, "its when= is async; write a plain function"),
        (zoo.starred, "its when= takes *args; name each parameter"),
    ],
)
def test_what_is_no_guard_says_why(guard: Any, fault: str) -> None:
    with refused(f"step 'go': {fault}"):

        class Post(Workflow):
            go = step(zoo.noop, when=guard)


def test_a_guard_may_take_the_context() -> None:
    class Post(Workflow):
        go = step(zoo.noop, when=guard_with_context)

    assert Post.blueprint.by_name["go"].when == f"{__name__}:guard_with_context"


@pytest.mark.parametrize(
    ("assignee", "fault"),
    [
        (zoo.a_lambda, "its assignee= is a lambda; write a named function"),
        (zoo.a_partial, "its assignee= is a partial; write a named function"),
        ("ada", "its assignee= is 'ada'; give a named function"),
        (zoo.async_noop, "its assignee= is async; write a plain function"),
        (zoo.starred, "its assignee= takes *args; name each parameter"),
    ],
)
def test_what_is_no_assignee_function_says_why(assignee: Any, fault: str) -> None:
    with refused(f"step 'review': {fault}"):

        class Post(Workflow):
            review = approval(assignee=assignee)
            flow = [review >> complete, review.on("rejected") >> fail]
