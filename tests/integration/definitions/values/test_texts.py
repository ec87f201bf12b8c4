"""Texts that no database can store: rejected with a typed error, or nothing is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from squid_mesh import api
from squid_mesh.exceptions import (
    FormError,
    InvalidArgument,
    PayloadError,
    SquidMeshError,
    StepNotFound,
    TriggerNotFound,
    WorkflowNotFound,
)
from squid_mesh.models import AuditEvent, Decision, Run
from tests.host import people, workflows
from tests.host.models import Order
from tests.host.people import person
from tests.host.runs import driven, seen
from tests.host.shell import shell

UNSTORABLE = pytest.mark.parametrize("unstorable", ["a\x00b", "a\udcffb"], ids=["nul", "lone surrogate"])
Plan = dict[str, Any]


@UNSTORABLE
def test_a_search_for_an_unstorable_text_finds_nothing(unstorable: str) -> None:
    run_id = driven(workflows.Chain)
    assert api.list_runs(search=unstorable).runs == api.list_runs(trigger=unstorable).runs == ()
    assert api.list_runs(subject=Order(pk=5)).runs == api.find_runs_by_payload(unstorable) == ()
    assert api.list_attempts(run_id, unstorable) == ()
    for read in (api.inspect_workflow, api.draw_workflow, lambda name: api.list_runs(workflow=name)):
        with pytest.raises(WorkflowNotFound):
            read(unstorable)
    for prune in (api.count_prunable, api.prune_runs):
        with pytest.raises(WorkflowNotFound):
            prune(older_than=timedelta(days=1), workflow=unstorable)


@UNSTORABLE
def test_a_trigger_with_an_unstorable_name_is_not_found(unstorable: str) -> None:
    for workflow, name in ((unstorable, "nightly"), ("host.Chain", unstorable)):
        with pytest.raises(TriggerNotFound):
            api.change_trigger(workflow, name, enabled=False)
        with pytest.raises(TriggerNotFound):
            api.fire_trigger(workflow, name)


@pytest.mark.parametrize(
    "after", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_an_unknown_cursor_is_rejected(after: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.list_runs(after=f"{after}_{UUID(int=1)}")
    assert caught.value.details == {"argument": "after"}


@UNSTORABLE
def test_a_start_with_an_unstorable_text_is_rejected_and_writes_nothing(unstorable: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.start_run(workflows.Chain, idempotency_key=unstorable)
    assert caught.value.details == {"argument": "idempotency_key"}
    for payload in ({"token": unstorable}, {"token": "x", "note": unstorable}, {unstorable: 1}):
        with pytest.raises(PayloadError):
            api.start_run(workflows.Secret, payload)
    with pytest.raises(WorkflowNotFound):
        api.start_run(unstorable)
    with pytest.raises(TriggerNotFound):
        api.start_run(workflows.Chain, trigger=unstorable)
    assert not Run.objects.exists()


Action = Callable[[UUID, str, Any], Any]
#: The workflow, the argument that gets the text, and the call.
ACTIONS: dict[str, tuple[Any, str, Action]] = {
    "cancel": (people.Holds, "reason", lambda run, unstorable, _: api.cancel_run(run, reason=unstorable)),
    "unblock": (people.Holds, "reason", lambda run, unstorable, _: api.unblock_run(run, reason=unstorable)),
    "comment": (people.Holds, "text", lambda run, unstorable, _: api.comment_run(run, unstorable)),
    "retry": (
        workflows.Chain,
        "reason",
        lambda run, unstorable, _: api.retry_step(run, "two", reason=unstorable),
    ),
    "skip": (
        workflows.Chain,
        "reason",
        lambda run, unstorable, _: api.skip_step(run, "two", reason=unstorable),
    ),
    "resolve": (
        workflows.Chain,
        "reason",
        lambda run, unstorable, _: api.resolve_step(run, "two", outcome="error", reason=unstorable),
    ),
    "output": (
        workflows.Chain,
        "output",
        lambda run, unstorable, _: api.resolve_step(run, "two", output={"a": unstorable}),
    ),
    "rewind": (
        workflows.Chain,
        "reason",
        lambda run, unstorable, _: api.rewind_run(run, "one", reason=unstorable),
    ),
    "replay": (workflows.Chain, "reason", lambda run, unstorable, _: api.replay_run(run, reason=unstorable)),
    "reveal": (
        workflows.Chain,
        "reason",
        lambda run, unstorable, _: api.reveal_run(run, actor=None, reason=unstorable),
    ),
    "decide": (
        people.Reviews,
        "comment",
        lambda run, unstorable, ada: api.reject_run(run, actor=ada, comment=unstorable),
    ),
    "exit": (
        people.Reviews,
        "exit",
        lambda run, unstorable, ada: api.decide_approval(run, unstorable, actor=ada),
    ),
}


@UNSTORABLE
@pytest.mark.parametrize(("workflow", "argument", "act"), ACTIONS.values(), ids=ACTIONS)
def test_an_action_with_an_unstorable_text_is_rejected_and_changes_nothing(
    workflow: Any, argument: str, act: Action, unstorable: str, plan: Plan
) -> None:
    plan["two"] = ValueError("no")
    run_id, ada = driven(workflow), person("ada", "squid_mesh.decide_approval")
    before = seen(run_id)
    with pytest.raises(InvalidArgument) as caught:
        act(run_id, unstorable, ada)
    assert caught.value.code == "invalid_argument"
    assert caught.value.details["argument"] == argument
    assert seen(run_id) == before


@UNSTORABLE
def test_unstorable_answers_are_rejected_and_decide_nothing(unstorable: str) -> None:
    run_id, ada = driven(people.Reviews), person("ada", "squid_mesh.decide_approval")
    for data in ({"discount": 5, "why": unstorable}, {unstorable: 1}, {"discount": unstorable}):
        with pytest.raises(FormError):
            api.approve_run(run_id, actor=ada, data=data)
    assert not Decision.objects.exists()


@UNSTORABLE
def test_a_step_with_an_unstorable_name_is_not_found(unstorable: str) -> None:
    run_id = driven(people.Holds)
    acts: tuple[Callable[[], Any], ...] = (
        lambda: api.retry_step(run_id, unstorable),
        lambda: api.unblock_run(run_id, step=unstorable),
        lambda: api.comment_run(run_id, "hm", step=unstorable),
    )
    for act in acts:
        with pytest.raises(StepNotFound):
            act()


@UNSTORABLE
def test_an_unstorable_actor_is_recorded_with_replacement_characters(unstorable: str) -> None:
    run_id = driven(people.Holds)
    api.comment_run(run_id, "hm", actor=unstorable)
    assert AuditEvent.objects.get(type="commented").actor_text == "a\N{REPLACEMENT CHARACTER}b"


@UNSTORABLE
@pytest.mark.parametrize(
    "arguments",
    [
        ("start", "host.Chain", "--key", "{}"),
        ("start", "{}"),
        ("start", "host.Chain", "--trigger", "{}"),
        ("start", "host.Chain", "--subject", "host.Order:{}"),
        ("start", "host.Chain", "--actor", "{}"),
        ("runs", "--workflow", "{}"),
        ("runs", "--after", "{}"),
        ("inspect", "{}"),
        ("explain", "{}"),
        ("graph", "{}"),
        ("cancel", "RUN", "--reason", "{}"),
        ("comment", "RUN", "{}"),
        ("unblock", "RUN", "--step", "{}"),
        ("unblock", "RUN", "--reason", "{}"),
        ("retry", "RUN", "{}"),
        ("prune", "--older-than", "1d", "--workflow", "{}"),
    ],
    ids=" ".join,
)
def test_a_command_rejects_an_unstorable_argument(unstorable: str, arguments: tuple[str, ...]) -> None:
    run_id = driven(people.Holds)
    filled = [argument.replace("RUN", str(run_id)).format(unstorable) for argument in arguments]
    error = shell(*filled, "--json").error
    assert error["code"] in {kind.code for kind in _subclasses(SquidMeshError)} - {SquidMeshError.code}
    assert shell(*filled).code == 1


def _subclasses(error: type[SquidMeshError]) -> set[type[SquidMeshError]]:
    return {error}.union(*(_subclasses(below) for below in error.__subclasses__()))


@UNSTORABLE
def test_a_command_that_searches_for_an_unstorable_text_finds_nothing(unstorable: str) -> None:
    driven(workflows.Chain)
    for option in ("--search", "--trigger"):
        assert shell("runs", option, unstorable).out.strip() == "No runs found."
