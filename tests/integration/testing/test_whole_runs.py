"""A whole run in one line, and over a person's decision."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from squid_mesh import Defer, api
from squid_mesh.exceptions import AlreadyDecided, NotPermitted
from squid_mesh.testing import decide, drain, run_workflow
from squid_mesh.testing.errors import RunNotEnded
from tests.host import people, workflows


def test_a_run_is_executed_to_its_end_over_waits_and_retries(plan) -> None:
    plan["before"] = [Defer("later", hours=9), None]
    run = run_workflow(workflows.Sleeps, {"order_id": 7}, tags=["one"])
    assert (run.status, run.tags) == ("completed", ("one",))
    assert timedelta(hours=10) <= run.finished_at - run.created_at < timedelta(hours=10, minutes=1)


def test_a_failed_run_has_ended_too(plan) -> None:
    plan["one"] = ValueError("broken")
    assert run_workflow(workflows.Chain).status == "failed"


@pytest.mark.parametrize("workflow", [people.Holds, people.Reviews, people.Expires])
def test_a_run_that_needs_people_is_an_error_that_explains_it(workflow) -> None:
    with pytest.raises(RunNotEnded) as caught:
        run_workflow(workflow)
    assert caught.value.details["explanation"] == api.explain_run(caught.value.details["run_id"]).summary
    assert caught.value.code == "run_not_ended"
    assert "doesn't end without people" in caught.value.message


def test_a_run_that_needs_code_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    from squid_mesh.definitions.code_paths import load_code
    from tests.host import steps

    load_code.cache_clear()
    monkeypatch.delattr(steps, "act")
    with pytest.raises(RunNotEnded):
        run_workflow(workflows.Single)
    load_code.cache_clear()


def test_other_work_that_is_due_meanwhile_is_executed() -> None:
    other = api.start_run(workflows.Sleeps)
    run_workflow(workflows.Sleeps)
    assert api.inspect_run(other.id).status == "completed"


def test_a_decision_takes_the_run_to_its_next_halt() -> None:
    run = api.start_run(people.Reviews)
    drain()
    after = decide(run, data={"discount": 10}, by=User.objects.create_superuser("ada"))
    assert after.status == "completed"
    assert after.step("review").decisions[0].actor == "ada"
    with pytest.raises(AlreadyDecided):
        decide(run.id, "rejected", by=User.objects.get())


def test_a_decision_checks_the_persons_permissions() -> None:
    run = api.start_run(people.Reviews)
    drain()
    with pytest.raises(NotPermitted):
        decide(run, by=User.objects.create_user("eve"), data={"discount": 1})


def test_a_decision_may_have_a_comment() -> None:
    run = api.start_run(people.Reviews)
    drain()
    ada = User.objects.create_superuser("ada")
    after = decide(run, "rejected", step="review", comment="no", by=ada)
    assert (after.status, after.step("review").decisions[0].comment) == ("completed", "no")
