"""A run's events, attempts and large values over REST."""

from __future__ import annotations

from typing import Any

from squid_mesh import StepFailed, api
from tests.host import people, workflows
from tests.host.runs import driven
from tests.integration.rest.conftest import REST
from tests.integration.test_growth import make_attempts


def test_events_are_read_page_by_page_the_newest_first(viewer: Any) -> None:
    run_id = driven(people.Holds)
    for number in range(4):
        api.comment_run(run_id, f"Comment {number}.")
    address: str | None = f"{REST}runs/{run_id}/events/?limit=3"
    found: list[int] = []
    while address:
        page = viewer.get(address).json()
        assert len(page["results"]) <= 3
        found += [event["sequence"] for event in page["results"]]
        address = page["next"]
    assert found == sorted((event.sequence for event in api.list_events(run_id)), reverse=True)


def test_events_before_the_first_are_an_empty_page(viewer: Any) -> None:
    run_id = driven(workflows.Single)
    page = viewer.get(f"{REST}runs/{run_id}/events/?before=1").json()
    assert page == {"results": [], "next": None}


def test_attempts_are_read_page_by_page_the_newest_first(viewer: Any) -> None:
    run_id = make_attempts(7)
    page = viewer.get(f"{REST}runs/{run_id}/steps/only/attempts/?limit=4").json()
    assert [one["number"] for one in page["results"]] == [7, 6, 5, 4]
    page = viewer.get(page["next"]).json()
    assert [one["number"] for one in page["results"]] == [3, 2, 1]
    assert page["next"] is None


def test_a_failed_attempt_has_its_error(viewer: Any, plan: Any) -> None:
    plan["only"] = StepFailed("No stock.", item=7)
    run_id = driven(workflows.Single)
    (attempt,) = viewer.get(f"{REST}runs/{run_id}/steps/only/attempts/").json()["results"]
    assert attempt["outcome"] == "failed"
    assert attempt["error"]["message"] == "No stock."


def test_a_step_that_has_not_run_has_no_attempts_and_an_unknown_one_is_not_found(viewer: Any) -> None:
    run_id = driven(people.Holds)
    address = f"{REST}runs/{run_id}/steps/"
    assert viewer.get(f"{address}after/attempts/").json() == {"results": [], "next": None}
    for end in ("never/attempts/", "never/input/", "before/input/?visit=2", "%00/attempts/"):
        response = viewer.get(address + end)
        assert (response.status_code, response.json()["code"]) == (404, "step_not_found"), end


def test_large_values_are_cut_in_the_run_and_whole_at_their_own_address(viewer: Any, plan: Any) -> None:
    plan["only"] = {"text": "x" * 150_000}
    run_id = driven(workflows.Kept)
    step = viewer.get(f"{REST}runs/{run_id}/").json()["steps"][0]
    assert step["cut"].keys() == {"output"}
    value = viewer.get(f"{REST}runs/{run_id}/steps/only/output/").json()["value"]
    assert value == plan["only"]
    assert viewer.get(f"{REST}runs/{run_id}/payload/").json() == {"value": {}}
