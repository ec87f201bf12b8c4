"""Invalid names."""

from __future__ import annotations

import pytest

from squid_mesh import Workflow, manual, step
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def define(**body: object) -> None:
    type("Post", (Workflow,), {"__module__": __name__, **body})


@pytest.mark.parametrize("name", ["", "  ", 5, None])
def test_a_workflow_name_is_a_string(name: object) -> None:
    with expect_problems("rules.Post" if not isinstance(name, str) or not name else "name must be"):
        define(name=name, go=step(sample_steps.noop))


def test_a_workflow_name_is_short() -> None:
    with expect_problems("its name has more than 200 characters; shorten it"):
        define(name="x" * 201, go=step(sample_steps.noop))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("complete", "its name is reserved for the end of a path; choose another name"),
        ("fail", "its name is reserved for the end of a path; choose another name"),
        ("_go", "its name starts with an underscore; choose another name"),
        ("blueprint", "its name is reserved by Workflow; choose another name"),
        ("problems", "its name is reserved by Workflow; choose another name"),
        ("x" * 101, "its name has more than 100 characters; shorten it"),
    ],
)
def test_a_step_name_is_public_short_and_not_reserved(name: str, error: str) -> None:
    with expect_problems(f"step {name!r}: {error}"):
        define(**{name: step(sample_steps.noop)})


def test_a_step_name_has_at_most_a_hundred_characters() -> None:
    define(**{"x" * 100: step(sample_steps.noop)})


def test_a_step_is_not_named_as_the_attributes_that_workflows_set() -> None:
    with expect_problems(
        "name must be", "step 'name': its name is reserved by Workflow; choose another name"
    ):
        define(name=step(sample_steps.noop))


def test_a_step_is_not_named_payload() -> None:
    with expect_problems(
        "Payload is <step Payload>; use a subclass of pydantic's BaseModel",
        "step 'Payload': its name is reserved by Workflow; choose another name",
    ):
        define(Payload=step(sample_steps.noop))


@pytest.mark.parametrize("name", ["complete", "_go", "workflow_name", "x" * 101])
def test_a_trigger_name_is_public_short_and_not_reserved(name: str) -> None:
    with expect_problems(f"the name of trigger {name!r} "):
        define(**{name: manual()}, go=step(sample_steps.noop))


def test_two_names_need_two_declarations() -> None:
    shared = step(sample_steps.noop)
    with expect_problems("step 'a': the attributes 'a', 'b' share one declaration; call step(...) for each"):
        define(a=shared, b=shared, flow=shared)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("a/b", "'/'"),
        ("two words", "' '"),
        ("line\nbreak", "'\\n'"),
        ("\x1b[31mred", "'\\x1b', '['"),
        ("nul\x00", "'\\x00'"),
        ("\u202egnp", "'\\u202e'"),
        ("a?b#c%", "'?', '#', '%'"),
    ],
)
def test_names_have_no_characters_that_break_pages_addresses_or_terminals(name: str, wrong: str) -> None:
    with expect_problems(f"its name contains {wrong}; use letters, digits, '_', '-' and '.'"):
        define(name=name, go=step(sample_steps.noop))
    with expect_problems(f"step {name!r}: its name contains {wrong}; use letters, digits and underscores"):
        define(**{name: step(sample_steps.noop)})
    with expect_problems(
        f"the name of trigger {name!r} contains {wrong}; use letters, digits and underscores"
    ):
        define(go=step(sample_steps.noop), **{name: manual()})


@pytest.mark.parametrize("name", ["shop.Order", "shop.order-2", "Büro.Заказ", "x"])
def test_names_have_letters_of_any_script(name: str) -> None:
    define(name=name, größe=step(sample_steps.noop))
