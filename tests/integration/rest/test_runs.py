"""Runs over REST: the list with its filters and pages, one run with its entity tag, its explanation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from squid_mesh import api
from squid_mesh.models import Run
from tests.host import people, workflows
from tests.host.held_runs import create_held_runs
from tests.host.models import Order
from tests.host.runs import driven
from tests.integration.rest.conftest import REST

RUNS = f"{REST}runs/"


def listed(client: Any, **query: Any) -> list[str]:
    response = client.get(RUNS, query)
    assert response.status_code == 200, response.content
    return [one["id"] for one in response.json()["results"]]


def test_a_list_is_filtered_by_each_parameter(viewer: Any) -> None:
    order = Order.objects.create()
    chain = str(driven(workflows.Chain, tags=["a", "b"], idempotency_key="k-1", subject=order))
    other = str(driven(workflows.Single, tags=["a"]))
    held = str(driven(people.Holds))
    assert listed(viewer) == [held, other, chain]
    assert listed(viewer, workflow="host.Chain") == [chain]
    assert listed(viewer, status="paused") == [held]
    assert listed(viewer, needs_person="true") == [held]
    assert listed(viewer, trigger="manual", workflow="host.Single") == [other]
    assert listed(viewer, tag="a") == [other, chain]
    assert listed(viewer, tag=["a", "b"]) == [chain]
    assert listed(viewer, subject=f"host.order:{order.pk}") == [chain]
    assert listed(viewer, search="k-1") == [chain]
    assert listed(viewer, search=held) == [held]


def test_a_list_is_filtered_by_when_runs_were_created(viewer: Any) -> None:
    first, second = create_held_runs(people.Holds, "ready", 2, request=None)
    at = Run.objects.get(pk=second).created_at
    assert listed(viewer, created_from=at.isoformat()) == [str(second)]
    assert listed(viewer, created_before=at.isoformat()) == [str(first)]
    assert listed(viewer, created_from=datetime.now(UTC).isoformat()) == []


def test_pages_are_stable_while_runs_are_added(viewer: Any) -> None:
    before = [str(run) for run in create_held_runs(people.Holds, "ready", 5, request=None)]
    page = viewer.get(RUNS, {"limit": 2, "workflow": "host.Holds"}).json()
    found = [one["id"] for one in page["results"]]
    while page["next"]:
        driven(people.Holds)
        page = viewer.get(page["next"]).json()
        found += [one["id"] for one in page["results"]]
    assert found == before[::-1]


def test_runs_are_counted_only_if_asked_for(viewer: Any, django_assert_num_queries: Any) -> None:
    create_held_runs(people.Holds, "ready", 3, request=None)
    viewer.get(RUNS)
    assert viewer.get(RUNS, {"limit": 1}).json()["count"] is None
    assert viewer.get(RUNS, {"limit": 1, "count": "true"}).json()["count"] == {"number": 3, "more": False}
    with django_assert_num_queries(5):  # session, user, permissions of the user and of groups, runs
        viewer.get(RUNS)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"status": "fine"}, "status"),
        ({"count": "yes"}, "count"),
        ({"created_from": "5"}, "created_from"),
        ({"created_from": "2026-01-01T00:00:00"}, "created_from"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_query_names_the_parameter(viewer: Any, query: dict[str, Any], field: str) -> None:
    response = viewer.get(RUNS, query)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert list(response.json()["details"]["errors"]) == [field]


@pytest.mark.parametrize("query", [{"after": "x"}, {"subject": "nothing"}, {"tag": ","}])
def test_a_value_that_the_api_rejects_names_its_argument(viewer: Any, query: dict[str, Any]) -> None:
    response = viewer.get(RUNS, query)
    assert (response.status_code, response.json()["code"]) == (400, "invalid_argument")
    assert response.json()["details"]["argument"] in query


def test_a_text_that_no_database_stores_finds_nothing(viewer: Any) -> None:
    driven(workflows.Chain)
    assert listed(viewer, search="\x00") == listed(viewer, trigger="\x00") == []
    assert viewer.get(RUNS, {"workflow": "\x00"}).status_code == 404


def test_a_run_is_the_snapshot_with_the_latest_part_of_its_history(viewer: Any) -> None:
    run_id = driven(workflows.Chain)
    found = viewer.get(f"{RUNS}{run_id}/").json()
    assert found == api.inspect_run(run_id, history=True).model_dump(mode="json")
    assert [event["type"] for event in found["events"]] == ["run_started", "run_completed"]
    assert [len(step["attempts"]) for step in found["steps"]] == [1, 1, 1]


def test_a_client_that_has_the_run_gets_304_until_it_changes(viewer: Any) -> None:
    run_id = driven(people.Holds)
    address = f"{RUNS}{run_id}/"
    tag = viewer.get(address)["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = viewer.get(address, headers={"If-None-Match": known})
        assert (response.status_code, response.content, response["ETag"]) == (304, b"", tag)
    api.comment_run(run_id, "Look at this.")
    response = viewer.get(address, headers={"If-None-Match": tag})
    assert response.status_code == 200
    assert response["ETag"] != tag


def test_a_missing_run_is_not_found_at_every_address(viewer: Any) -> None:
    for end in (
        "",
        "explanation/",
        "graph/",
        "events/",
        "payload/",
        "steps/one/attempts/",
        "steps/one/input/",
    ):
        response = viewer.get(f"{RUNS}{uuid4()}/{end}")
        assert (response.status_code, response.json()["code"]) == (404, "run_not_found"), end


def test_an_explanation_says_what_the_user_may_do(sign_in: Any) -> None:
    run_id = driven(people.Holds)
    found = sign_in("view_run", "unblock_run").get(f"{RUNS}{run_id}/explanation/").json()
    assert found["reason"] == "paused_for_manual_action"
    permitted = {one["action"]: one["permitted"] for one in found["next_actions"]}
    assert permitted["unblock_run"] is True
    assert permitted["cancel_run"] is False


def test_answers_are_not_kept_by_caches(viewer: Any) -> None:
    assert viewer.get(RUNS)["Cache-Control"] == "private, no-cache"


def test_a_run_takes_as_many_queries_with_many_steps_as_with_one(
    viewer: Any, django_assert_max_num_queries: Any
) -> None:
    few, many = driven(workflows.Single), driven(workflows.Spread)
    viewer.get(f"{RUNS}{few}/")
    viewer.get(f"{RUNS}{many}/")
    for run_id in (few, many):
        for end, most in (("", 13), ("explanation/", 15), ("graph/", 8), ("events/", 6)):
            with django_assert_max_num_queries(most):
                assert viewer.get(f"{RUNS}{run_id}/{end}").status_code == 200


def test_times_have_a_timezone(viewer: Any) -> None:
    run_id = driven(workflows.Single)
    at = datetime.fromisoformat(viewer.get(f"{RUNS}{run_id}/").json()["created_at"])
    assert at.utcoffset() == timedelta(0)
