"""The verbs that act on runs: text and JSON output, actor and reason, and what is rejected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from squid_mesh import api
from squid_mesh.models import AuditEvent, Run
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven, events, run_until_idle, seen, statuses
from tests.host.shell import shell


def failing(plan: dict[str, Any]) -> UUID:
    plan["two"] = [ValueError("no")]
    return driven(workflows.Chain)


def held(plan: dict[str, Any]) -> UUID:
    return driven(people.Holds)


def asked(plan: dict[str, Any]) -> UUID:
    return driven(people.Reviews)


def done(plan: dict[str, Any]) -> UUID:
    return driven(workflows.Chain)


Begun = Callable[[dict[str, Any]], UUID]
#: Verb, the run that it is for, its arguments, its event, and the permission that it needs.
ACTIONS = [
    ("cancel", held, [], "run_cancelled", "cancel_run"),
    ("unblock", held, [], "resumed", "unblock_run"),
    ("retry", failing, ["two"], "step_retried", "retry_step"),
    ("skip", failing, ["two"], "step_skipped", "skip_step"),
    ("resolve", failing, ["two"], "step_resolved", "resolve_step"),
    ("rewind", done, ["two"], "rewound", "rewind_run"),
    ("replay", done, [], "run_replayed", "replay_run"),
]
DECISIONS = [
    ("approve", ["--data", '{"discount": 5}'], "approved", "approved"),
    ("reject", [], "rejected", "rejected"),
    ("decide", ["later"], "decided", "later"),
]
MESSAGES = {"approved": "Approved.", "rejected": "Rejected.", "later": "Decided: later."}
each_action = pytest.mark.parametrize(
    ("verb", "begun", "arguments", "event", "permission"), ACTIONS, ids=[action[0] for action in ACTIONS]
)
each_decision = pytest.mark.parametrize(
    ("verb", "arguments", "event", "exit"), DECISIONS, ids=[action[0] for action in DECISIONS]
)


def event_of(run_id: UUID, kind: str) -> AuditEvent:
    return AuditEvent.objects.get(run_id=run_id, type=kind)


@each_action
def test_an_action_is_performed_and_recorded_with_actor_and_reason(
    verb: str, begun: Begun, arguments: list[str], event: str, permission: str, plan: dict[str, Any]
) -> None:
    run_id = begun(plan)
    ada = person("ada", f"squid_mesh.{permission}")
    result = shell(verb, run_id, *arguments, "--actor", "ada", "--reason", "as agreed")
    assert result.code == 0
    shown = api.list_runs().runs[0] if verb == "replay" else seen(run_id)
    assert f"Run {shown.id} is {shown.status}." in result.out
    recorded = event_of(run_id, event)
    assert (recorded.actor_key, recorded.comment) == (str(ada.pk), "as agreed")


@each_action
def test_json_is_the_runs_summary_and_the_default_actor_is_the_shell_user(
    verb: str, begun: Begun, arguments: list[str], event: str, permission: str, plan: dict[str, Any]
) -> None:
    run_id = begun(plan)
    result = shell(verb, run_id, *arguments, "--json")
    assert result.code == 0
    assert result.json["replay_of" if verb == "replay" else "id"] == str(run_id)
    assert event_of(run_id, event).actor_text.startswith("shell:")


@each_action
def test_a_user_without_the_permission_is_rejected_and_nothing_changes(
    verb: str, begun: Begun, arguments: list[str], event: str, permission: str, plan: dict[str, Any]
) -> None:
    run_id = begun(plan)
    person("bob")
    before = seen(run_id)
    result = shell(verb, run_id, *arguments, "--actor", "bob", "--json")
    assert result.error["code"] == "not_permitted"
    assert result.error["details"]["permission"] == f"squid_mesh.{permission}"
    assert "[not_permitted]" in shell(verb, run_id, *arguments, "--actor", "bob").err
    assert seen(run_id) == before
    assert Run.objects.count() == 1


@each_action
def test_an_unknown_run_is_an_error(
    verb: str, begun: Begun, arguments: list[str], event: str, permission: str, plan: dict[str, Any]
) -> None:
    assert shell(verb, uuid4(), *arguments, "--json").error["code"] == "run_not_found"
    assert "[invalid_argument]" in shell(verb, "4711", *arguments).err


@each_decision
def test_a_decision_is_recorded_with_its_decider(
    verb: str, arguments: list[str], event: str, exit: str, plan
) -> None:
    run_id = asked(plan)
    ada = person("ada", "squid_mesh.decide_approval")
    result = shell(verb, run_id, *arguments, "--actor", "ada", "--comment", "as agreed")
    assert result.code == 0
    assert f"{MESSAGES[exit]} Run {run_id} is" in result.out
    recorded = event_of(run_id, event)
    assert (recorded.actor_key, recorded.comment) == (str(ada.pk), "as agreed")


@each_decision
def test_a_decision_as_json(verb: str, arguments: list[str], event: str, exit: str, plan) -> None:
    run_id = asked(plan)
    person("ada", "squid_mesh.decide_approval")
    assert shell(verb, run_id, *arguments, "--actor", "ada", "--json").json["id"] == str(run_id)
    again = shell(verb, run_id, *arguments, "--actor", "ada", "--json")
    assert (again.code, again.error["code"]) == (1, "already_decided")


@each_decision
def test_a_decision_without_a_user_is_rejected(
    verb: str, arguments: list[str], event: str, exit: str, plan
) -> None:
    run_id = asked(plan)
    before = seen(run_id)
    result = shell(verb, run_id, *arguments)
    assert result.code == 1
    assert "--actor USERNAME" in result.err
    assert "[invalid_argument]" in result.err
    assert seen(run_id) == before


def test_errors_of_answers_are_listed_by_field(plan) -> None:
    run_id = asked(plan)
    person("ada", "squid_mesh.decide_approval")
    result = shell("approve", run_id, "--actor", "ada", "--data", '{"discount": 70}', "--json")
    assert (result.code, result.error["code"]) == (1, "invalid_form")
    assert "discount" in result.error["details"]["errors"]
    assert statuses(run_id)["review"] == "paused"


def test_a_mistyped_exit_or_step_gets_a_suggestion(plan) -> None:
    run_id = asked(plan)
    person("ada", "squid_mesh.decide_approval")
    assert "did you mean 'later'?" in shell("decide", run_id, "latter", "--actor", "ada").err
    assert "did you mean 'review'?" in shell("skip", run_id, "reviev").err


def test_one_of_several_waiting_steps_must_be_named_with_its_visit() -> None:
    run_id = driven(people.TwoReviews)
    person("ada", "squid_mesh.decide_approval")
    result = shell("approve", run_id, "--actor", "ada", "--json")
    assert result.error["details"]["known"] == ["left", "right"]
    assert shell("approve", run_id, "--step", "left", "--visit", "2", "--actor", "ada").code == 1
    assert shell("approve", run_id, "--step", "left", "--visit", "1", "--actor", "ada").code == 0


def test_irreversible_steps_are_repeated_only_if_allowed(plan) -> None:
    run_id = driven(people.Ships)
    before = seen(run_id)
    for verb, arguments in (("replay", []), ("rewind", ["load"])):
        result = shell(verb, run_id, *arguments, "--json")
        assert (result.code, result.error["code"]) == (1, "irreversible_steps")
        assert result.error["details"]["steps"] == ["ship"]
    assert seen(run_id) == before
    assert shell("rewind", run_id, "load", "--allow-irreversible").code == 0
    run_until_idle()
    plan["ship"] = [ValueError("no")]
    failed = driven(people.Ships)
    assert shell("retry", failed, "ship", "--allow-irreversible").code == 0


def test_the_verb_replay_accepts_another_payload(plan) -> None:
    run_id = done(plan)
    new = shell("replay", run_id, "--payload", '{"order_id": 9}', "--json").json["id"]
    assert api.inspect_run(new).payload == {"order_id": 9}


def test_a_step_is_resolved_with_its_output_or_as_failed(plan) -> None:
    first, second = failing(plan), failing(plan)
    assert shell("resolve", first, "two", "--output", '{"sum": 3}').code == 0
    assert seen(first).state["sum"] == 3
    result = shell("resolve", second, "two", "--outcome", "error", "--json")
    assert result.error["code"] == "invalid_argument"
    assert shell("resolve", second, "two", "--output", "{", "--json").code == 2


def test_a_comment_is_added_about_a_step_or_the_run(plan) -> None:
    run_id = done(plan)
    person("ada", "squid_mesh.comment_run")
    assert "Comment saved." in shell("comment", run_id, "well done", "--actor", "ada").out
    assert shell("comment", run_id, "this one", "--step", "two", "--json").json["id"] == str(run_id)
    recorded = [(e.step, e.comment, e.actor) for e in seen(run_id).events if e.type == "commented"]
    assert recorded[0] == ("", "well done", "ada")
    assert recorded[1][:2] == ("two", "this one")
    assert shell("comment", run_id, " ", "--json").error["code"] == "invalid_argument"
    person("bob")
    assert shell("comment", run_id, "hm", "--actor", "bob").code == 1
    assert events(run_id).count("commented") == 2


def test_an_illegal_action_is_rejected(plan) -> None:
    run_id = done(plan)
    result = shell("cancel", run_id, "--json")
    assert (result.code, result.error["code"]) == (1, "illegal_action")
    assert result.error["details"]["status"] == "completed"
    assert result.error.keys() == {"code", "message", "details"}


@pytest.mark.parametrize("verb", ["retry", "skip", "resolve", "rewind"])
def test_a_step_in_another_visit_is_not_changed(verb: str, plan: dict[str, Any]) -> None:
    plan["two"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Chain)
    api.rewind_run(run_id, "one")
    run_until_idle()
    fault = shell(verb, run_id, "two", "--visit", 1, "--json").error
    assert (fault["code"], fault["details"]["visit"]) == ("illegal_action", 2)
    assert statuses(run_id)["two"] == "failed"
    assert shell(verb, run_id, "two", "--visit", 2).code == 0
