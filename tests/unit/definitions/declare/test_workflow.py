"""A class body becomes a blueprint."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from squid_mesh import (
    DefinitionError,
    Retry,
    Workflow,
    complete,
    cron,
    exponential,
    fixed,
    linear,
    log,
    manual,
    step,
    wait,
)
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint, Edge
from squid_mesh.definitions.values.payload import EmptyPayload
from tests.unit.definitions import sample_steps
from tests.unit.definitions.assertions import expect_problems


def edges(workflow: type[Workflow]) -> list[tuple[str, str, str]]:
    return [(e.source, e.outcome, e.target) for e in workflow.blueprint.edges]


def test_an_attribute_names_its_step_and_its_trigger() -> None:
    class Post(Workflow):
        every_day = cron("0 9 * * *", timezone="Europe/Berlin")
        fetch = step(sample_steps.make_feed, output="feed")

    assert [s.name for s in Post.blueprint.steps] == ["fetch"]
    (trigger,) = Post.blueprint.triggers
    assert (trigger.name, trigger.kind, trigger.cron) == ("every_day", "cron", "0 9 * * *")
    assert trigger.timezone == "Europe/Berlin"


def test_a_workflow_without_triggers_has_a_manual_one() -> None:
    class Post(Workflow):
        fetch = step(sample_steps.noop)

    assert [(t.name, t.kind) for t in Post.blueprint.triggers] == [("manual", "manual")]
    assert Post.payload_models == {"manual": EmptyPayload}


def test_a_trigger_uses_the_payload_of_the_class_by_default() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order_id: int = 1

        by_hand = manual()
        by_order = manual(payload=sample_steps.Order)
        read = step(sample_steps.read_order)

    assert Post.payload_models == {"by_hand": Post.Payload, "by_order": sample_steps.Order}


def test_a_step_compiles_to_what_the_engine_reads() -> None:
    class Post(Workflow):
        post = step(
            sample_steps.noop,
            output="feed",
            outcomes=["late", "early"],
            retry=Retry(5, exponential(1, 30), jitter=0.5, retry_on=sample_steps.Busy, give_up_on=[KeyError]),
            timeout=timedelta(minutes=1),
            when=sample_steps.always,
            irreversible=True,
        )

    (compiled,) = Post.blueprint.steps
    assert compiled.target == "tests.unit.definitions.sample_steps:noop"
    assert compiled.when == "tests.unit.definitions.sample_steps:always"
    assert compiled.output == "feed"
    assert compiled.outcomes == ("early", "late")
    assert compiled.timeout == 60
    assert compiled.irreversible
    assert compiled.retry.max_attempts == 5
    assert compiled.retry.backoff.model_dump() == {"kind": "exponential", "min": 1, "max": 30, "factor": 2}
    assert compiled.retry.jitter == 0.5
    assert compiled.retry.retry_on == ("tests.unit.definitions.sample_steps:Busy",)
    assert compiled.retry.give_up_on == ("builtins:KeyError",)


def test_a_timeout_may_be_seconds() -> None:
    class Post(Workflow):
        post = step(sample_steps.noop, timeout=2.5)

    assert Post.blueprint.by_name["post"].timeout == 2.5


@pytest.mark.parametrize(
    ("irreversible", "written", "expected"),
    [
        (False, None, "retry"),
        (True, None, "pause"),
        (False, "pause", "pause"),
        (True, "retry", "retry"),
    ],
)
def test_a_crash_pauses_only_irreversible_steps_by_default(
    irreversible: bool, written: Any, expected: str
) -> None:
    class Post(Workflow):
        post = step(sample_steps.noop, irreversible=irreversible, on_crash=written)

    assert Post.blueprint.by_name["post"].on_crash == expected


@pytest.mark.parametrize(
    ("backoff", "expected"),
    [
        (linear(2, 10), {"kind": "linear", "step": 2, "max": 10}),
        (fixed(3), {"kind": "fixed", "seconds": 3}),
        (exponential(), {"kind": "exponential", "min": 1, "max": 300, "factor": 2}),
    ],
)
def test_each_backoff_compiles_to_its_arithmetic(backoff: Any, expected: dict[str, Any]) -> None:
    class Post(Workflow):
        post = step(sample_steps.noop, retry=Retry(2, backoff))

    assert Post.blueprint.by_name["post"].retry.backoff.model_dump() == expected


def test_without_retry_a_step_is_attempted_once() -> None:
    class Post(Workflow):
        post = step(sample_steps.noop)

    assert Post.blueprint.by_name["post"].retry.max_attempts == 1


def test_wait_and_log_are_built_in_steps() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            order_id: int

        settle = wait(timedelta(minutes=1), hours=1, seconds=1)
        note = log("order {order_id}", level="WARNING", after=[settle], when=sample_steps.always, join="any")

    settle, note = Post.blueprint.steps
    assert (settle.target, settle.options) == ("squid_mesh.definitions.builtins:wait", {"seconds": 3661})
    assert note.target == "squid_mesh.definitions.builtins:log"
    assert note.options == {"message": "order {order_id}", "level": "WARNING"}
    assert note.join == "any"
    assert note.when is not None
    assert edges(Post) == [("settle", "ok", "note")]


def test_outcomes_are_the_declared_and_the_routed_ones() -> None:
    class Post(Workflow):
        check = step(sample_steps.noop)
        first = step(sample_steps.other)
        second = step(sample_steps.third)
        flow = [
            check.on("zebra") >> first,
            check.on("ant") >> complete,
            check.on_error() >> second,
            check >> complete,
        ]

    assert Post.blueprint.by_name["check"].outcomes == ("ant", "zebra")


def test_after_joins_all_and_a_chain_joins_any() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.other)
        c = step(sample_steps.third, after=[a, b.on("late")])
        d = step(sample_steps.noop)
        flow = c >> d

    assert edges(Post) == [("c", "ok", "d"), ("a", "ok", "c"), ("b", "late", "c")]
    assert [s.join for s in Post.blueprint.steps] == ["any", "any", "all", "any"]


def test_after_may_name_one_step_without_a_list() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.other, after=a)

    assert edges(Post) == [("a", "ok", "b")]


def test_a_given_join_is_used() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.other)
        c = step(sample_steps.third, join="first")
        flow = [a, b] >> c

    assert Post.blueprint.by_name["c"].join == "first"


def test_a_subclass_inherits_steps_triggers_flow_and_payload() -> None:
    class Base(Workflow):
        class Payload(BaseModel):
            order_id: int

        by_hand = manual()
        read = step(sample_steps.read_order)
        post = step(sample_steps.noop)
        flow = read >> post

    class Child(Base):
        pass

    assert Child.blueprint.model_copy(update={"workflow": ""}) == Base.blueprint.model_copy(
        update={"workflow": ""}
    )
    assert Child.workflow_name == "declare.Child"


def test_a_redefined_step_keeps_its_place() -> None:
    class Base(Workflow):
        read = step(sample_steps.noop)
        post = step(sample_steps.noop)
        flow = read >> post

    class Child(Base):
        read = step(sample_steps.other)

    assert [s.target.split(":")[1] for s in Child.blueprint.steps] == ["other", "noop"]
    assert edges(Child) == [("read", "ok", "post")]
    assert [s.target.split(":")[1] for s in Base.blueprint.steps] == ["noop", "noop"]


def test_a_subclass_may_remove_a_step() -> None:
    class Base(Workflow):
        read = step(sample_steps.noop)
        post = step(sample_steps.noop)
        flow = read >> post

    class Child(Base):
        post = None  # type: ignore[assignment]
        flow = Base.read  # type: ignore[assignment]

    assert list(Child.blueprint.by_name) == ["read"]


def test_a_mixin_may_declare_steps() -> None:
    class Reading:
        read = step(sample_steps.noop)

    class Post(Reading, Workflow):
        post = step(sample_steps.other, after=[Reading.read])

    assert edges(Post) == [("read", "ok", "post")]


def test_a_step_of_another_workflow_may_be_assigned_here() -> None:
    class One(Workflow):
        read = step(sample_steps.noop)

    class Two(Workflow):
        read = One.read
        post = step(sample_steps.other)
        flow = read >> post

    assert edges(Two) == [("read", "ok", "post")]
    assert One.blueprint.by_name["read"] == Two.blueprint.by_name["read"]


def test_a_single_step_may_be_the_flow() -> None:
    class Post(Workflow):
        read = step(sample_steps.noop)
        flow = read

    assert list(Post.blueprint.by_name) == ["read"]


def test_functions_of_an_importable_class_may_be_steps() -> None:
    assert InBody.blueprint.by_name["go"].target == f"{__name__}:InBody.work"
    assert InBody.blueprint.by_name["rest"].target == f"{__name__}:InBody.pause"
    assert InBody.blueprint.by_name["hold"].target == f"{__name__}:InBody.Hold"


def test_a_blueprint_survives_json() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop, retry=Retry(3, linear()))
        b = wait(seconds=0.5)
        flow = a >> b >> complete

    text = Post.blueprint.model_dump_json()
    again = Blueprint.model_validate_json(text)
    assert again == Post.blueprint
    assert again.fingerprint == Post.blueprint.fingerprint
    assert json.loads(text)["steps"][1]["options"] == {"seconds": 0.5}


def test_secrets_of_payloads_and_outputs_are_known() -> None:
    class Post(Workflow):
        class Payload(BaseModel):
            webhook: SecretStr

        login = step(sample_steps.make_credentials, output="credentials")

    assert Post.blueprint.triggers[0].secrets == ("webhook",)
    assert Post.blueprint.steps[0].secrets == ("token",)


def test_an_error_route_may_have_a_recovery() -> None:
    class Post(Workflow):
        a = step(sample_steps.noop)
        b = step(sample_steps.other)
        flow = a.on_error(recovery="compensation") >> b

    assert Post.blueprint.edges == (Edge(source="a", outcome="error", target="b", recovery="compensation"),)


def test_unknown_arguments_are_type_errors() -> None:
    with pytest.raises(TypeError, match="undo"):
        step(sample_steps.noop, undo=sample_steps.other)  # type: ignore[call-arg]


def test_all_problems_are_reported_together_each_with_its_line() -> None:
    with registry.collect_problems() as found:

        class Broken(Workflow):
            nightly = cron("0 9 * *", timezone="Mars")
            a = step(sample_steps.a_lambda, retry=Retry(0))
            b = step(sample_steps.noop, timeout=-1)
            c = step(sample_steps.other)
            flow = a >> b >> a

    assert [(problem.step, problem.line - found[0].line) for problem in found] == [
        (None, 0),
        (None, 1),
        (None, 1),
        ("a", 2),
        ("a", 2),
        ("b", 3),
        ("c", 4),
    ]
    assert {p.workflow for p in found} == {"declare.Broken"}
    assert {p.file for p in found} == {__file__}
    with pytest.raises(DefinitionError) as caught:
        _ = Broken.blueprint
    assert caught.value.details == {
        "workflow": "declare.Broken",
        "problems": [str(problem) for problem in found],
    }
    assert str(caught.value).startswith("Workflow declare.Broken can't be used:\n- ")


def test_the_base_class_itself_has_no_blueprint() -> None:
    assert not hasattr(Workflow, "blueprint")


def test_a_class_stores_its_source_line() -> None:
    assert InBody.declared_at.file == __file__
    lines = Path(__file__).read_text().splitlines()
    assert lines[InBody.declared_at.line - 1].strip() == "class InBody(Workflow):"


def test_a_definition_error_names_the_source_line_of_a_step() -> None:
    with expect_problems("declare.Broken, step 'a': its timeout= is -1 s; use more than 0 s. ["):

        class Broken(Workflow):
            a = step(sample_steps.noop, timeout=-1)


with registry.isolate():

    class InBody(Workflow):
        from squid_mesh import Step as _Step

        def work() -> None:  # type: ignore[misc]
            """A function in the class body."""

        @staticmethod
        def pause() -> None:
            """A static method."""

        class Hold(_Step):
            def run(self) -> None:
                """A class in the class body."""

        go = step(work)
        rest = step(pause)
        hold = step(Hold)
        flow = go >> rest >> hold
