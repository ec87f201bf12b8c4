"""``manage.py squid_mesh explain``."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import api
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven
from tests.host.shell import shell


def test_it_says_why_what_happened_last_and_what_may_be_done() -> None:
    run_id = driven(people.Reviews)
    told = api.explain_run(run_id)
    said = shell("explain", run_id)
    assert said.code == 0
    assert said.out.startswith(
        f"Run {run_id} of host.Reviews is paused. [paused_for_approval]\n{told.summary}\n"
    )
    assert "decide review (approved, rejected, " in said.out
    assert "  cancel\n" in said.out
    assert "not permitted" not in said.out


def test_it_says_what_a_user_may_not_do_and_why() -> None:
    run_id = driven(people.Reviews)
    person("bob", "squid_mesh.cancel_run")
    said = shell("explain", run_id, "--actor", "bob")
    lines = {
        line.split()[0].strip(";"): line for line in said.out.split("Available actions:")[1].splitlines()[1:]
    }
    assert "not permitted: " in lines["decide"]
    assert "squid_mesh.decide_approval" in lines["decide"]
    assert "not permitted" not in lines["cancel"]
    assert shell("explain", run_id, "--actor", "bobby").code == 1


def test_other_open_steps_are_told_too() -> None:
    said = shell("explain", driven(people.TwoReviews))
    assert "Also open:" in said.out
    assert said.out.count("[paused_for_approval]") == 2


def test_what_would_be_repeated_is_named() -> None:
    assert "repeats irreversible steps: ship" in shell("explain", driven(people.Ships)).out


def test_json_is_the_explanation() -> None:
    run_id = driven(workflows.Chain)
    assert shell("explain", run_id, "--json").json == api.explain_run(run_id).model_dump(mode="json")
    ada = person("ada", "squid_mesh.replay_run")
    told = shell("explain", run_id, "--actor", "ada", "--json").json
    assert told == api.explain_run(run_id, user=ada).model_dump(mode="json")


def test_no_such_run() -> None:
    assert shell("explain", uuid4(), "--json").error["code"] == "run_not_found"
