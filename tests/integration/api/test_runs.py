"""Pages of a history, the available actions of many runs, and runs by their payload."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.masking import MASK
from squid_mesh.inspection.runs import by_payload
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.people import person
from tests.host.runs import driven, fast_forward, run_until_idle, seen

Plan = dict[str, Any]


@pytest.fixture
def tried(plan: Plan) -> UUID:
    """A run whose step failed three times and then succeeded, with three comments."""
    plan["flaky"] = [ValueError("1"), ValueError("2"), ValueError("3"), None]
    run_id = driven(workflows.Retries)
    for _ in range(3):
        fast_forward(run_id)
        run_until_idle()
    for n in range(3):
        api.comment_run(run_id, f"note {n}")
    return run_id


def test_a_recent_history_has_the_latest_events_and_attempts(tried: UUID) -> None:
    whole, recent = seen(tried), api.inspect_run(tried, history=True, recent=2)
    assert recent.events == whole.events[-2:]
    assert recent.step("flaky").attempts == whole.step("flaky").attempts[-2:]
    assert recent.step("after").attempts == whole.step("after").attempts
    assert len(whole.step("flaky").attempts) == 4


def test_events_and_attempts_come_in_pages_the_newest_first(tried: UUID) -> None:
    whole = seen(tried)
    events = api.list_events(tried, limit=2)
    assert events == whole.events[:-3:-1]
    assert api.list_events(tried, before=events[-1].sequence) == whole.events[-3::-1]
    attempts = api.list_attempts(tried, "flaky", limit=3)
    assert [attempt.number for attempt in attempts] == [4, 3, 2]
    assert [attempt.number for attempt in api.list_attempts(tried, "flaky", before=2)] == [1]


def test_an_unknown_run_has_no_history(tried: UUID) -> None:
    assert api.list_events(UUID(int=7)) == ()
    assert api.list_attempts(tried, "never") == ()
    assert api.list_attempts(tried, "flaky", visit=2) == ()


@pytest.mark.parametrize("limit", [0, 501])
def test_the_size_of_a_page_is_limited(limit: int) -> None:
    with pytest.raises(InvalidArgument):
        api.list_events(UUID(int=7), limit=limit)
    with pytest.raises(InvalidArgument):
        api.list_attempts(UUID(int=7), "only", limit=limit)


def test_the_actions_of_many_runs_are_those_of_each_run(plan: Plan) -> None:
    plan["two"] = ValueError("no")
    runs = [driven(workflows.Chain), driven(people.Reviews), driven(people.FourEyes), driven(people.Ships)]
    ada = person("ada", "squid_mesh.decide_approval", "squid_mesh.replay_run")
    api.approve_run(runs[2], actor=ada)
    for user in (ada, None):
        found = api.list_available_actions([*runs, UUID(int=7)], user=user)
        assert [one.run_id for one in found] == runs
        for one in found:
            explained = api.explain_run(one.run_id, user=user)
            assert sorted(one.next_actions, key=str) == sorted(explained.next_actions, key=str)
            assert (one.workflow, one.status) == (explained.workflow, explained.status)
    assert [one.forms for one in found] == [(), ("review",), (), ()]


def test_the_actions_of_many_runs_take_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    runs = [driven(people.Expires) for _ in range(6)]
    ada = person("ada", "squid_mesh.decide_approval")
    for some in (runs[:1], runs):
        with django_assert_max_num_queries(6):
            api.list_available_actions(some, user=ada)


def test_too_many_runs_at_once_are_rejected() -> None:
    with pytest.raises(InvalidArgument):
        api.list_available_actions([UUID(int=n) for n in range(501)])


def test_payloads_are_searched_and_secrets_are_not_found() -> None:
    one = driven(workflows.Secret, {"token": "tok-123", "note": "Grüße"})
    other = driven(workflows.Secret, {"token": "tok-456", "note": "100% Grüße"})
    assert api.find_runs_by_payload("GRüße") == (other, one)
    assert api.find_runs_by_payload("100%") == (other,)
    assert api.find_runs_by_payload("tok-") == ()
    assert set(api.find_runs_by_payload(MASK[:5])) == set()
    with pytest.raises(InvalidArgument):
        api.find_runs_by_payload(" ")


def test_the_number_of_searched_runs_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [api.start_run(workflows.Chain, {"order_id": n}).id for n in range(4)]
    assert set(api.find_runs_by_payload("order_id")) == set(runs)
    monkeypatch.setattr(by_payload, "NEWEST", 2)
    assert api.find_runs_by_payload("order_id") == tuple(runs[:1:-1])
    monkeypatch.setattr(by_payload, "MOST", 1)
    assert api.find_runs_by_payload("order_id") == (runs[-1],)


def test_each_function_has_an_async_twin(tried: UUID) -> None:
    async def all_of_them() -> None:
        assert await api.alist_events(tried, limit=1)
        assert await api.alist_attempts(tried, "flaky")
        assert (await api.alist_available_actions([tried]))[0].run_id == tried
        assert await api.afind_runs_by_payload("nothing") == ()

    async_to_sync(all_of_them)()


def test_a_snapshot_is_drawn_without_reading_the_run_again(django_assert_max_num_queries: Any) -> None:
    run_id = driven(workflows.Chain)
    drawn, run = api.draw_run(run_id), api.inspect_run(run_id)
    Run.objects.all().delete()
    with django_assert_max_num_queries(1):
        assert api.draw_run(run) == drawn
