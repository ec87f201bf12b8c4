"""Pauses and approvals become steps of a blueprint."""

from __future__ import annotations

from datetime import timedelta

from squid_mesh import Workflow, approval, complete, escalate, fail, manual, pause, step
from squid_mesh.definitions import registry
from squid_mesh.definitions.blueprint import Blueprint
from tests.unit.definitions import sample_steps

with registry.isolate():

    class Review(Workflow):
        by_order = manual(payload=sample_steps.Order)
        load = step(sample_steps.noop)
        review = approval(
            "Pay it?",
            output="review",
            form=sample_steps.Decision,
            exits=["later"],
            permission="billing.approve",
            groups=["Finance"],
            assignee=sample_steps.manager,
            quorum=2,
            rejections=3,
            not_by_starter=True,
            deadline=timedelta(days=2),
            on_timeout=escalate(
                permission="billing.all",
                deadline=60,
                on_timeout=escalate(groups=["Board"], deadline=timedelta(hours=1)),
            ),
            when=sample_steps.always,
        )
        flow = [
            load >> review >> complete,
            [review.on("rejected"), review.on("timeout"), review.on_error()] >> fail,
            review.on("later") >> complete,
            review.on("changes_requested").rewind(load),
        ]


def test_an_approval_compiles_to_its_request() -> None:
    compiled = Review.blueprint.by_name["review"]
    assert compiled.target == "squid_mesh.definitions.builtins:approval"
    assert compiled.output == "review"
    assert compiled.outcomes == ("changes_requested", "later", "rejected", "timeout")
    assert compiled.when == "tests.unit.definitions.sample_steps:always"
    assert compiled.options == {
        "request": {
            "kind": "approval",
            "prompt": "Pay it?",
            "exits": ["approved", "rejected", "later", "changes_requested"],
            "form": "tests.unit.definitions.sample_steps:Decision",
            "form_schema": sample_steps.Decision.model_json_schema(),
            "permission": "billing.approve",
            "groups": ["Finance"],
            "assignees": None,
            "quorum": 2,
            "rejections": 3,
            "not_by_starter": True,
            "deadline": None,
            "on_timeout": {
                "permission": "billing.all",
                "groups": [],
                "deadline": 60,
                "on_timeout": {
                    "permission": "",
                    "groups": ["Board"],
                    "deadline": 3600,
                    "on_timeout": "timeout",
                },
            },
            "escalated": 0,
            "also": [],
        },
        "assignee": "tests.unit.definitions.sample_steps:manager",
        "seconds": 172_800,
    }


def test_a_blueprint_with_an_approval_survives_json() -> None:
    again = Blueprint.model_validate_json(Review.blueprint.text)
    assert again == Review.blueprint
    assert again.fingerprint == Review.blueprint.fingerprint


def test_a_pause_compiles_to_its_request() -> None:
    class Post(Workflow):
        before = step(sample_steps.noop)
        check = pause("Is it there?", groups=["Warehouse"], after=[before], when=sample_steps.always)

    compiled = Post.blueprint.by_name["check"]
    assert compiled.target == "squid_mesh.definitions.builtins:pause"
    request = compiled.options["request"]
    assert (request["kind"], request["prompt"], request["exits"]) == ("pause", "Is it there?", ["ok"])
    assert request["groups"] == ["Warehouse"]
    assert list(compiled.options) == ["request"]
    assert (compiled.join, compiled.when) == ("all", "tests.unit.definitions.sample_steps:always")


def test_without_a_deadline_there_is_no_timeout() -> None:
    class Post(Workflow):
        review = approval()
        flow = [review >> complete, review.on("rejected") >> fail]

    options = Post.blueprint.by_name["review"].options
    assert options["request"]["on_timeout"] is None
    assert options["seconds"] is None


def test_a_deadline_leads_to_timeout_by_default() -> None:
    class Post(Workflow):
        review = approval(deadline=60)
        flow = [review >> complete, [review.on("rejected"), review.on("timeout")] >> fail]

    options = Post.blueprint.by_name["review"].options
    assert options["request"]["on_timeout"] == "timeout"
    assert options["seconds"] == 60


def test_approved_is_the_outcome_ok() -> None:
    class Post(Workflow):
        review = approval()
        pay = step(sample_steps.noop)
        flow = [review.on("approved") >> pay, review.on("rejected") >> fail]

    assert [(e.source, e.outcome, e.target) for e in Post.blueprint.edges] == [
        ("review", "ok", "pay"),
        ("review", "rejected", "fail"),
    ]


def test_only_for_an_approval_approved_means_ok() -> None:
    class Post(Workflow):
        check = step(sample_steps.noop)
        flow = check.on("approved") >> complete

    assert [edge.outcome for edge in Post.blueprint.edges] == ["approved"]


def test_the_secrets_of_a_form_are_known() -> None:
    class Post(Workflow):
        sign = approval(form=sample_steps.Signed)
        flow = [sign >> complete, sign.on("rejected") >> fail]

    assert Post.blueprint.by_name["sign"].secrets == ("pin",)


def test_the_request_is_part_of_the_fingerprint() -> None:
    def workflow(prompt: str) -> type[Workflow]:
        class Post(Workflow):
            check = pause(prompt)

        return Post

    assert workflow("a").blueprint.fingerprint == workflow("a").blueprint.fingerprint
    assert workflow("a").blueprint.fingerprint != workflow("b").blueprint.fingerprint
