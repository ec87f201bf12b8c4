"""Texts that no database stores, as callers give them: refused with a typed error, or nothing is found."""

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

ODD = pytest.mark.parametrize("odd", ["a\x00b", "a\udcffb"], ids=["nul", "half a character"])
Plan = dict[str, Any]


@ODD
def test_what_is_looked_for_and_can_not_be_there_is_not_found(odd: str) -> None:
    run_id = driven(workflows.Chain)
    assert api.list_runs(search=odd).runs == api.list_runs(trigger=odd).runs == ()
    assert api.list_runs(subject=Order(pk=5)).runs == api.find_runs_by_payload(odd) == ()
    assert api.list_attempts(run_id, odd) == ()
    for look in (api.inspect_workflow, api.draw_workflow, lambda name: api.list_runs(workflow=name)):
        with pytest.raises(WorkflowNotFound):
            look(odd)
    for prune in (api.count_prunable, api.prune_runs):
        with pytest.raises(WorkflowNotFound):
            prune(older_than=timedelta(days=1), workflow=odd)


@ODD
def test_a_trigger_of_an_odd_name_is_not_found(odd: str) -> None:
    for workflow, name in ((odd, "nightly"), ("host.Chain", odd)):
        with pytest.raises(TriggerNotFound):
            api.change_trigger(workflow, name, enabled=False)
        with pytest.raises(TriggerNotFound):
            api.fire_trigger(workflow, name)


@pytest.mark.parametrize(
    "after", ["2026-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
)
def test_a_place_in_a_list_that_no_page_gave_is_refused(after: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        api.list_runs(after=f"{after}_{UUID(int=1)}")
    assert refused.value.details == {"argument": "after"}


@ODD
def test_a_start_with_what_is_not_stored_is_refused_and_writes_nothing(odd: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        api.start_run(workflows.Chain, idempotency_key=odd)
    assert refused.value.details == {"argument": "idempotency_key"}
    for payload in ({"token": odd}, {"token": "x", "note": odd}, {odd: 1}):
        with pytest.raises(PayloadError):
            api.start_run(workflows.Secret, payload)
    with pytest.raises(WorkflowNotFound):
        api.start_run(odd)
    with pytest.raises(TriggerNotFound):
        api.start_run(workflows.Chain, trigger=odd)
    assert not Run.objects.exists()


Act = Callable[[UUID, str, Any], Any]
#: What is said where, and under which name.
SAID: dict[str, tuple[Any, str, Act]] = {
    "cancel": (people.Holds, "reason", lambda run, odd, _: api.cancel_run(run, reason=odd)),
    "unblock": (people.Holds, "reason", lambda run, odd, _: api.unblock_run(run, reason=odd)),
    "comment": (people.Holds, "text", lambda run, odd, _: api.comment_run(run, odd)),
    "retry": (workflows.Chain, "reason", lambda run, odd, _: api.retry_step(run, "two", reason=odd)),
    "skip": (workflows.Chain, "reason", lambda run, odd, _: api.skip_step(run, "two", reason=odd)),
    "resolve": (
        workflows.Chain,
        "reason",
        lambda run, odd, _: api.resolve_step(run, "two", outcome="error", reason=odd),
    ),
    "output": (
        workflows.Chain,
        "output",
        lambda run, odd, _: api.resolve_step(run, "two", output={"a": odd}),
    ),
    "rewind": (workflows.Chain, "reason", lambda run, odd, _: api.rewind_run(run, "one", reason=odd)),
    "replay": (workflows.Chain, "reason", lambda run, odd, _: api.replay_run(run, reason=odd)),
    "reveal": (workflows.Chain, "reason", lambda run, odd, _: api.reveal_run(run, actor=None, reason=odd)),
    "decide": (people.Reviews, "comment", lambda run, odd, ada: api.reject_run(run, actor=ada, comment=odd)),
    "exit": (people.Reviews, "exit", lambda run, odd, ada: api.decide_approval(run, odd, actor=ada)),
}


@ODD
@pytest.mark.parametrize(("workflow", "argument", "act"), SAID.values(), ids=SAID)
def test_what_is_said_and_not_stored_is_refused_and_nothing_is_done(
    workflow: Any, argument: str, act: Act, odd: str, plan: Plan
) -> None:
    plan["two"] = ValueError("no")
    run_id, ada = driven(workflow), person("ada", "squid_mesh.decide_approval")
    before = seen(run_id)
    with pytest.raises(InvalidArgument) as refused:
        act(run_id, odd, ada)
    assert refused.value.code == "invalid_argument"
    assert refused.value.details["argument"] == argument
    assert seen(run_id) == before


@ODD
def test_answers_that_are_not_stored_are_refused_and_nothing_is_decided(odd: str) -> None:
    run_id, ada = driven(people.Reviews), person("ada", "squid_mesh.decide_approval")
    for data in ({"discount": 5, "why": odd}, {odd: 1}, {"discount": odd}):
        with pytest.raises(FormError):
            api.approve_run(run_id, actor=ada, data=data)
    assert not Decision.objects.exists()


@ODD
def test_a_step_of_an_odd_name_is_not_found(odd: str) -> None:
    run_id = driven(people.Holds)
    acts: tuple[Callable[[], Any], ...] = (
        lambda: api.retry_step(run_id, odd),
        lambda: api.unblock_run(run_id, step=odd),
        lambda: api.comment_run(run_id, "hm", step=odd),
    )
    for act in acts:
        with pytest.raises(StepNotFound):
            act()


@ODD
def test_who_acts_is_told_as_far_as_it_is_stored(odd: str) -> None:
    run_id = driven(people.Holds)
    api.comment_run(run_id, "hm", actor=odd)
    assert AuditEvent.objects.get(type="commented").actor_text == "a\N{REPLACEMENT CHARACTER}b"


@ODD
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
def test_a_command_with_an_odd_argument_is_refused_by_name(odd: str, arguments: tuple[str, ...]) -> None:
    run_id = driven(people.Holds)
    said = [argument.replace("RUN", str(run_id)).format(odd) for argument in arguments]
    fault = shell(*said, "--json").error
    assert fault["code"] in {error.code for error in _every(SquidMeshError)} - {SquidMeshError.code}
    assert shell(*said).code == 1


def _every(error: type[SquidMeshError]) -> set[type[SquidMeshError]]:
    return {error}.union(*(_every(below) for below in error.__subclasses__()))


@ODD
def test_a_command_that_looks_for_an_odd_text_finds_nothing(odd: str) -> None:
    driven(workflows.Chain)
    for option in ("--search", "--trigger"):
        assert shell("runs", option, odd).out.strip() == "There are no such runs."
