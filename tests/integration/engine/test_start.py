"""A start runs in the caller's transaction, once per key, and writes everything or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from squid_mesh import DefinitionError, Workflow, api, step
from squid_mesh.definitions import registry
from squid_mesh.exceptions import (
    IdempotencyConflict,
    InvalidArgument,
    NotPermitted,
    PayloadError,
    SquidMeshError,
    TriggerNotFound,
    WorkflowNotFound,
)
from squid_mesh.models import AuditEvent, Definition, Run, StepRun
from tests.host import steps, workflows
from tests.host.models import Order
from tests.host.people import person
from tests.host.runs import driven, run_until_idle, seen


def test_a_start_is_rolled_back_with_the_callers_transaction(calls: list[str]) -> None:
    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():  # noqa: PT012 - what is rolled back
        api.start_run(workflows.Chain)
        raise Changed
    assert run_until_idle() == 0
    assert not calls
    for rows in (Run, StepRun, AuditEvent, Definition):
        assert not rows.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_start_that_commits_is_executed(calls: list[str]) -> None:
    with transaction.atomic():
        started = api.start_run("host.Chain", {"order_id": 7})
    assert started.status == "pending"
    assert run_until_idle() == 3
    assert calls == ["one", "two", "three"]
    assert seen(started.id).status == "completed"


def test_a_started_run_has_what_it_was_given() -> None:
    order = Order.objects.create(note="first")
    user = person("ada", "squid_mesh.start_run")
    started = api.start_run(workflows.Chain, {"order_id": 7}, idempotency_key="k", subject=order, actor=user)
    run = seen(started.id)
    assert run.payload == {"order_id": 7}
    assert run.subject == ("host.order", str(order.pk))
    assert run.idempotency_key == "k"
    assert run.trigger == "manual"
    (event,) = run.events
    assert (event.type, event.actor, event.data) == ("run_started", "ada", {"trigger": "manual"})
    assert AuditEvent.objects.get().actor_key == str(user.pk)


@pytest.mark.parametrize(
    ("actor", "text"),
    [(None, ""), ("cron of the host", "cron of the host")],
)
def test_an_actor_need_not_be_a_user(actor: Any, text: str) -> None:
    run = api.start_run(workflows.Single, actor=actor)
    event = AuditEvent.objects.get(run_id=run.id)
    assert (event.actor_key, event.actor_text) == ("", text)


def test_code_may_start_runs_for_a_user_without_permission() -> None:
    eve = person("eve")
    event = AuditEvent.objects.get(run_id=api.start_run(workflows.Single, actor=eve).id)
    assert event.actor_key == str(eve.pk)


def test_starting_by_hand_needs_the_permission() -> None:
    for user in (person("eve", "squid_mesh.replay_run"), AnonymousUser()):
        with pytest.raises(NotPermitted) as caught:
            api.check_start(user)
        assert caught.value.details == {"action": "start_run", "permission": "squid_mesh.start_run"}
    for actor in (person("ada", "squid_mesh.start_run"), person("root", is_superuser=True), "cron", None):
        api.check_start(actor)


def test_a_replay_needs_only_its_own_permission() -> None:
    run_id = driven(workflows.Single)
    assert api.replay_run(run_id, actor=person("ada", "squid_mesh.replay_run"))


def test_the_same_key_trigger_and_payload_is_the_same_run() -> None:
    first = api.start_run(workflows.Chain, {"order_id": 7}, idempotency_key="k")
    again = api.start_run(workflows.Chain, {"order_id": 7}, idempotency_key="k")
    assert again == first.model_copy(update={"existed": True})
    assert not first.existed
    assert Run.objects.count() == StepRun.objects.count() == AuditEvent.objects.count() == 1


def test_a_key_belongs_to_one_workflow() -> None:
    first = api.start_run(workflows.Chain, idempotency_key="k")
    other = api.start_run(workflows.Single, idempotency_key="k")
    assert other.id != first.id


def test_all_runs_of_a_workflow_share_one_definition() -> None:
    for _ in range(3):
        api.start_run(workflows.Chain)
    assert Definition.objects.count() == 1


def test_the_same_key_with_another_payload_is_a_conflict() -> None:
    first = api.start_run(workflows.Chain, {"order_id": 7}, idempotency_key="k")
    with pytest.raises(IdempotencyConflict) as caught:
        api.start_run(workflows.Chain, {"order_id": 8}, idempotency_key="k")
    assert caught.value.as_dict()["code"] == "idempotency_conflict"
    assert caught.value.details["run_id"] == str(first.id)
    assert Run.objects.count() == 1


def test_the_same_key_with_another_trigger_is_a_conflict() -> None:
    api.start_run(workflows.Twice, trigger="by_hand", idempotency_key="k")
    with pytest.raises(IdempotencyConflict):
        api.start_run(workflows.Twice, trigger="nightly", idempotency_key="k")


INVALID: list[tuple[Any, dict[str, Any], type[SquidMeshError], str, str]] = [
    ("host.Chain", {"payload": {"order_id": "x"}}, PayloadError, "invalid_payload", "errors"),
    ("host.Chain", {"payload": {"oder_id": 1}}, PayloadError, "invalid_payload", "errors"),
    ("host.Chian", {}, WorkflowNotFound, "workflow_not_found", "known"),
    ("host.Chain", {"trigger": "nightly"}, TriggerNotFound, "trigger_not_found", "known"),
    ("host.Twice", {}, TriggerNotFound, "trigger_not_found", "known"),
    ("host.Chain", {"subject": Order(note="unsaved")}, InvalidArgument, "invalid_argument", "argument"),
    ("host.Chain", {"idempotency_key": ""}, InvalidArgument, "invalid_argument", "argument"),
    ("host.Chain", {"idempotency_key": "x" * 201}, InvalidArgument, "invalid_argument", "argument"),
]


@pytest.mark.parametrize(("workflow", "given", "kind", "code", "detail"), INVALID)
def test_a_bad_start_is_a_typed_error_and_writes_nothing(
    workflow: Any, given: dict[str, Any], kind: type[SquidMeshError], code: str, detail: str
) -> None:
    with pytest.raises(kind) as caught:
        api.start_run(workflow, **given)
    assert caught.value.code == code
    assert caught.value.details[detail]
    for rows in (Run, StepRun, AuditEvent, Definition):
        assert not rows.objects.exists()


def test_a_workflow_with_problems_starts_no_run() -> None:
    with registry.isolate(), registry.collect_problems():

        class Wrong(Workflow):
            one = step(steps.act)
            two = step(steps.act)

    with pytest.raises(DefinitionError):
        api.start_run(Wrong)
    assert not Run.objects.exists()
