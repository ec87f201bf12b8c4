"""Names that can't be used."""

from __future__ import annotations

import pytest

from squid_mesh import Workflow, manual, step
from tests.unit.definitions import zoo
from tests.unit.definitions.refusal import refused


def define(**body: object) -> None:
    type("Post", (Workflow,), {"__module__": __name__, **body})


@pytest.mark.parametrize("name", ["", "  ", 5, None])
def test_a_workflow_name_is_a_text(name: object) -> None:
    with refused("rules.Post" if not isinstance(name, str) or not name else "its name is"):
        define(name=name, go=step(zoo.noop))


def test_a_workflow_name_is_short() -> None:
    with refused("its name is longer than 200 characters; shorten it"):
        define(name="x" * 201, go=step(zoo.noop))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("complete", "its name stands for the end of a path; choose another"),
        ("fail", "its name stands for the end of a path; choose another"),
        ("_go", "its name starts with an underscore; choose one without"),
        ("blueprint", "its name is a word of Workflow itself; choose another"),
        ("problems", "its name is a word of Workflow itself; choose another"),
        ("x" * 101, "its name is longer than 100 characters; shorten it"),
    ],
)
def test_a_step_name_is_public_short_and_free(name: str, fault: str) -> None:
    with refused(f"step {name!r}: {fault}"):
        define(**{name: step(zoo.noop)})


@pytest.mark.parametrize("name", ["complete", "_go", "workflow_name", "x" * 101])
def test_a_trigger_name_is_public_short_and_free(name: str) -> None:
    with refused(f"the name of trigger {name!r} "):
        define(**{name: manual()}, go=step(zoo.noop))


def test_two_names_need_two_declarations() -> None:
    shared = step(zoo.noop)
    with refused("step 'a': the names 'a', 'b' share one declaration; write step(...) for each"):
        define(a=shared, b=shared, flow=shared)
