"""``manage.py squid_mesh start``."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connections

from squid_mesh import api
from squid_mesh.models import AuditEvent, Run
from tests.host.models import Order
from tests.host.people import person
from tests.host.runs import run_until_idle
from tests.host.shell import shell

CHAIN, TWICE = "host.Chain", "host.Twice"


def only_run() -> Run:
    return Run.objects.get()


def test_a_run_is_started_with_its_payload_and_reported() -> None:
    result = shell("start", CHAIN, "--payload", '{"order_id": 7}')
    assert result.code == 0
    assert only_run().payload == {"order_id": 7}
    assert f"Run {only_run().pk} of host.Chain is pending" in result.out


def test_json_is_the_summary_of_the_run() -> None:
    result = shell("start", CHAIN, "--json")
    assert (result.json["id"], result.json["status"]) == (str(only_run().pk), "pending")


def test_a_payload_comes_from_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "payload.json").write_text('{"order_id": 8}')
    assert shell("start", CHAIN, "--payload", f"@{tmp_path}/payload.json").code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO('{"order_id": 9}'))
    assert shell("start", CHAIN, "--payload", "-").code == 0
    assert {run.payload["order_id"] for run in Run.objects.all()} == {8, 9}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--payload", "{order"], "invalid JSON"),
        (["--payload", "@/no/such/file"], "can't be read"),
        (["--at", "tomorrow"], "is not a date and time"),
        (["--at", "2026-11-24T08:00:00"], "has no timezone"),
        (["--wait", "-1"], "above 0"),
        (["--colour", "red"], "unrecognized arguments"),
    ],
)
def test_wrong_arguments_end_with_2_and_start_nothing(arguments: list[str], message: str) -> None:
    result = shell("start", CHAIN, *arguments)
    assert result.code == 2
    assert message in result.err
    assert not Run.objects.exists()


def test_an_invalid_payload_is_rejected_by_field_and_starts_nothing() -> None:
    arguments = ("start", CHAIN, "--payload", '{"order_id": "x", "more": 1}')
    result = shell(*arguments)
    assert result.code == 1
    assert "[invalid_payload]" in result.err
    output = shell(*arguments, "--json")
    assert output.error["code"] == "invalid_payload"
    assert set(output.error["details"]["errors"]) == {"order_id", "more"}
    assert not Run.objects.exists()


def test_a_mistyped_workflow_is_answered_with_the_one_that_may_be_meant() -> None:
    result = shell("start", "host.Chian")
    assert result.code == 1
    assert "did you mean 'host.Chain'?" in result.err
    assert "[workflow_not_found]" in result.err


def test_a_key_starts_one_run() -> None:
    first, second = (shell("start", CHAIN, "--key", "k", "--json").json["id"] for _ in range(2))
    assert first == second == str(only_run().pk)


def test_a_workflow_with_several_triggers_needs_one_named() -> None:
    assert shell("start", TWICE).code == 1
    assert shell("start", TWICE, "--trigger", "by_hand").code == 0
    assert only_run().trigger == "by_hand"


def test_a_subject_is_named_by_model_and_key() -> None:
    order = Order.objects.create(note="first")
    assert shell("start", CHAIN, "--subject", f"host.Order:{order.pk}").code == 0
    assert (only_run().subject_type, only_run().subject_id) == ("host.order", str(order.pk))


@pytest.mark.parametrize(
    ("subject", "message"),
    [("host.Oder:1", "did you mean 'host.Order'?"), ("host.Order:99", "'99'"), ("host.Order:x", "'x'")],
)
def test_an_unknown_subject_is_rejected(subject: str, message: str) -> None:
    result = shell("start", CHAIN, "--subject", subject)
    assert result.code == 1
    assert message in result.err
    assert "[invalid_argument]" in result.err
    assert not Run.objects.exists()


def test_a_run_waits_for_its_moment() -> None:
    assert shell("start", CHAIN, "--at", "2999-01-01T00:00:00+01:00").code == 0
    assert run_until_idle() == 0
    assert only_run().status == "pending"


def test_the_history_names_the_user_or_the_systems_user() -> None:
    ada = person("ada", "squid_mesh.start_run")
    shell("start", CHAIN, "--actor", "ada")
    shell("start", CHAIN)
    named, other = AuditEvent.objects.filter(type="run_started").order_by("id")
    assert (named.actor_key, named.actor_text) == (str(ada.pk), "ada")
    assert other.actor_key == ""
    assert other.actor_text.startswith("shell:")
    assert len(other.actor_text) > len("shell:")


def test_a_user_without_the_permission_starts_nothing() -> None:
    person("bob")
    result = shell("start", CHAIN, "--actor", "bob", "--json")
    assert (result.code, result.error["code"]) == (1, "not_permitted")
    assert result.error["details"]["permission"] == "squid_mesh.start_run"
    assert not Run.objects.exists()


def test_a_user_that_there_is_not_starts_nothing() -> None:
    User.objects.create_user("ada")
    result = shell("start", CHAIN, "--actor", "adda")
    assert result.code == 1
    assert "did you mean 'ada'?" in result.err
    assert not Run.objects.exists()


class TestWaiting:
    @pytest.fixture(autouse=True)
    def _committed(self, transactional_db: None) -> None:
        """The worker sees what the command writes."""

    def wait_with_a_worker(self, *arguments: str):
        stopped = threading.Event()

        def work() -> None:
            while not stopped.wait(0.02):
                run_until_idle()
            connections.close_all()

        worker = threading.Thread(target=work)
        worker.start()
        try:
            return shell("start", CHAIN, *arguments)
        finally:
            stopped.set()
            worker.join()

    def test_a_run_that_completes_ends_with_0(self) -> None:
        result = self.wait_with_a_worker("--wait")
        assert result.code == 0
        assert "of host.Chain started." in result.out
        assert "The run finished with status completed." in result.out

    def test_a_run_that_fails_ends_with_1_and_says_why(self, plan) -> None:
        plan["two"] = ValueError("no paper")
        result = self.wait_with_a_worker("--wait", "60")
        assert result.code == 1
        assert "The run finished with status failed: ValueError: no paper." in result.out

    def test_json_output_is_the_snapshot_of_the_finished_run(self, plan) -> None:
        plan["three"] = {"sum": 3}
        result = self.wait_with_a_worker("--wait", "--json")
        assert (result.json["status"], result.json["state"]["sum"]) == ("completed", 3)

    def test_a_wait_that_is_too_short_ends_with_1_and_leaves_the_run(self) -> None:
        result = shell("start", CHAIN, "--wait", "0.1")
        assert result.code == 1
        assert "The run isn't finished: it is pending" in result.out
        assert api.list_runs().runs[0].status == "pending"


def test_a_run_is_tagged_as_often_as_it_is_said() -> None:
    result = shell("start", "host.Single", "--tag", "vip", "--tag", " region:eu ", "--json")
    assert result.json["tags"] == ["region:eu", "vip"]
    assert Run.objects.get().tags == ["region:eu", "vip"]


def test_what_can_be_no_tag_starts_nothing() -> None:
    result = shell("start", "host.Single", "--tag", "a,b", "--tag", "")
    assert result.code == 1
    assert "comma" in result.err
    assert "empty" in result.err
    assert not Run.objects.exists()


def test_the_second_start_with_a_key_says_that_it_is_the_earlier_run() -> None:
    start = ("start", CHAIN, "--key", "k")
    first = shell(*start, "--json").json
    assert (first["existed"], first["status"]) == (False, "pending")
    assert shell(*start, "--json").json == {**first, "existed": True}
    assert shell(*start).out.strip() == (
        f"No run started: run {first['id']} of host.Chain has the same key. It is pending."
    )
    run_until_idle()
    waited = shell(*start, "--wait", "--json").json
    assert (waited["existed"], waited["status"], waited["id"]) == (True, "completed", first["id"])
    assert waited["steps"]
    assert "No run started" in shell(*start, "--wait").out
    assert Run.objects.count() == 1
