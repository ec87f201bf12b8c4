"""``manage.py squid_mesh explain``."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import api
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven
from tests.host.shell import shell


def test_the_output_has_the_reason_the_latest_events_and_the_available_actions() -> None:
    run_id = driven(people.Reviews)
    explanation = api.explain_run(run_id)
    result = shell("explain", run_id)
    assert result.code == 0
    assert result.out.startswith(
        f"Run {run_id} of host.Reviews is paused. [paused_for_approval]\n{explanation.summary}\n"
    )
    assert "decide review (approved, rejected, " in result.out
    assert "  cancel\n" in result.out
    assert "not permitted" not in result.out


def test_for_a_user_the_output_says_what_is_not_permitted_and_why() -> None:
    run_id = driven(people.Reviews)
    person("bob", "squid_mesh.cancel_run")
    result = shell("explain", run_id, "--actor", "bob")
    lines = {
        line.split()[0].strip(";"): line
        for line in result.out.split("Available actions:")[1].splitlines()[1:]
    }
    assert " - not permitted: " in lines["decide"]
    assert "squid_mesh.decide_approval" in lines["decide"]
    assert "not permitted" not in lines["cancel"]
    assert shell("explain", run_id, "--actor", "bobby").code == 1


def test_other_open_steps_are_listed() -> None:
    result = shell("explain", driven(people.TwoReviews))
    assert "Also open:" in result.out
    assert result.out.count("[paused_for_approval]") == 2


def test_irreversible_steps_that_an_action_repeats_are_named() -> None:
    assert "repeats irreversible steps: ship" in shell("explain", driven(people.Ships)).out


def test_json_output_is_the_explanation() -> None:
    run_id = driven(workflows.Chain)
    assert shell("explain", run_id, "--json").json == api.explain_run(run_id).model_dump(mode="json")
    ada = person("ada", "squid_mesh.replay_run")
    output = shell("explain", run_id, "--actor", "ada", "--json").json
    assert output == api.explain_run(run_id, user=ada).model_dump(mode="json")


def test_an_unknown_run_is_an_error() -> None:
    assert shell("explain", uuid4(), "--json").error["code"] == "run_not_found"
