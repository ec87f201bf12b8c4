"""``manage.py squid_mesh runs`` and ``inspect``."""

from __future__ import annotations

from uuid import uuid4

from squid_mesh import api
from tests.host import people, workflows
from tests.host.models import Order
from tests.host.people import person
from tests.host.runs import driven
from tests.host.shell import shell


def test_runs_are_listed_newest_first_with_their_subjects() -> None:
    order = Order.objects.create(note="first")
    old = driven(workflows.Chain)
    new = api.start_run(workflows.Single, subject=order, idempotency_key="k").id
    result = shell("runs")
    assert result.code == 0
    lines = result.out.splitlines()
    assert lines[0].startswith("run ")
    assert [line.split()[0] for line in lines[1:]] == [str(new), str(old)]
    assert f"host.order:{order.pk}" in lines[1]
    assert " completed " in lines[2]


def test_runs_are_filtered(plan) -> None:
    order = Order.objects.create(note="first")
    plan["only"] = ValueError("no")
    failed = driven(workflows.Single, subject=order)
    other = driven(workflows.Chain, idempotency_key="k")
    by_hand = driven(workflows.Twice, trigger="by_hand", tags=["vip", "eu"])

    def found(*arguments: str) -> set[str]:
        return {run["id"] for run in shell("runs", "--json", *arguments).json["runs"]}

    assert found() == {str(failed), str(other), str(by_hand)}
    assert found("--status", "completed") == {str(other)}
    assert found("--workflow", "host.Single") == {str(failed)}
    assert found("--trigger", "by_hand") == {str(by_hand)}
    assert found("--tag", "vip") == found("--tag", "eu", "--tag", " vip ") == {str(by_hand)}
    assert found("--tag", "vip", "--tag", "us") == set()
    assert found("--search", "k") == {str(other)}
    assert found("--subject", f"host.Order:{order.pk}") == {str(failed)}
    assert shell("runs", "--status", "pending").out == "No runs found.\n"


def test_a_page_names_the_next_one() -> None:
    ids = [str(api.start_run(workflows.Single).id) for _ in range(3)]
    first = shell("runs", "--limit", "2")
    assert f"--after {shell('runs', '--limit', '2', '--json').json['next']}" in first.out
    after = first.out.split("--after ")[1].strip()
    assert [run["id"] for run in shell("runs", "--after", after, "--json").json["runs"]] == [ids[0]]


def test_an_unknown_status_is_an_invalid_argument() -> None:
    result = shell("runs", "--status", "done")
    assert result.code == 2
    assert "completed" in result.err


def test_an_invalid_page_or_limit_is_refused() -> None:
    assert shell("runs", "--after", "x", "--json").error["code"] == "invalid_argument"
    assert shell("runs", "--limit", "501").code == 1
    assert shell("runs", "--limit", "0").code == 2


def test_a_run_is_shown_with_its_steps_and_error(plan) -> None:
    plan["one"] = {"sum": 5}
    plan["two"] = ValueError("no paper\nat all")
    run_id = driven(workflows.Chain, {"order_id": 3})
    result = shell("inspect", run_id)
    assert result.code == 0
    assert f"run             {run_id}" in result.out
    assert "error           ValueError: no paper\n" in result.out
    assert '"order_id": 3' in result.out
    assert '"sum": 5' in result.out
    steps = {line.split()[0]: line for line in result.out.split("Steps:")[1].splitlines() if line}
    assert " failed " in steps["two"]
    assert " pending " in steps["three"]
    assert "Events:" not in result.out


def test_the_history_has_attempts_decisions_and_events() -> None:
    run_id = driven(people.Reviews)
    ada = person("ada", "squid_mesh.decide_approval")
    api.approve_run(run_id, actor=ada, comment="go", data={"discount": 5})
    result = shell("inspect", run_id, "--history")
    attempts = result.out.split("Attempts:")[1].split("Decisions:")[0]
    assert "load " in attempts
    decisions = result.out.split("Decisions:")[1].split("Events:")[0]
    assert "approved" in decisions
    assert "ada" in decisions
    events = result.out.split("Events:")[1]
    assert "run_started" in events
    assert "go" in events


def test_json_output_is_the_snapshot_with_masked_secrets() -> None:
    run_id = driven(workflows.Secret, {"token": "t0p-secret", "phone": "1"})
    result = shell("inspect", run_id, "--history", "--json")
    assert result.json == api.inspect_run(run_id, history=True).model_dump(mode="json")
    assert "t0p-secret" not in result.out + shell("inspect", run_id, "--history").out


def test_an_unknown_run_is_an_error_with_a_code() -> None:
    result = shell("inspect", uuid4())
    assert (result.code, result.out) == (1, "")
    assert "[run_not_found]" in result.err
    assert shell("inspect", "4711", "--json").error["code"] == "invalid_argument"


def test_tags_are_shown_in_the_list_and_of_the_run() -> None:
    run_id = driven(workflows.Single, tags=["vip", "region:eu"])
    assert "region:eu, vip" in shell("runs").out
    assert "region:eu, vip" in shell("inspect", str(run_id)).out
    assert shell("inspect", str(run_id), "--json").json["tags"] == ["region:eu", "vip"]


def test_what_can_be_no_tag_is_refused() -> None:
    result = shell("runs", "--tag", "a,b")
    assert result.code == 1
    assert "comma" in result.err
