"""The inbox over REST: what waits for this user, page by page."""

from __future__ import annotations

from typing import Any

from squid_mesh.rest.actions import ActionList
from tests.host import people
from tests.host.held_runs import create_held_runs
from tests.host.runs import driven
from tests.integration.rest.conftest import REST

USERS = {"viewer": ("view_run",), "eve": ()}


def test_an_inbox_has_what_waits_for_the_user_with_the_url_of_its_actions(sign_in: Any, plan: Any) -> None:
    plan["reviewer"] = "bob"
    run_id = driven(people.Sole)
    driven(people.Holds)
    client = sign_in(name="bob")
    (item,) = client.get(f"{REST}inbox/").json()["results"]
    assert (item["run_id"], item["step"], item["actions"]) == (str(run_id), "review", ["decide_approval"])
    offers = ActionList.model_validate(client.get(item["url"]).json()).results
    assert [(one.action, one.step) for one in offers] == [("decide_approval", "review")]
    assert sign_in(name="eve").get(f"{REST}inbox/").json()["results"] == []


def test_who_may_not_view_runs_does_not_learn_how_many_wait_for_others(sign_in: Any) -> None:
    driven(people.Holds)
    found = [sign_in(*rights, name=name).get(f"{REST}inbox/").json() for name, rights in USERS.items()]
    assert [(one["results"], one["examined"]) for one in found] == [([], 1), ([], None)]


def test_an_inbox_is_read_page_by_page(sign_in: Any) -> None:
    runs = create_held_runs(people.Holds, "ready", 5, request=None, waiting_for="outcome")
    client = sign_in("skip_step")
    address: str | None = f"{REST}inbox/?limit=2"
    found: list[str] = []
    while address:
        page = client.get(address).json()
        found += [one["run_id"] for one in page["results"]]
        address = page["next"]
    assert found == [str(run_id) for run_id in runs]


def test_a_wrong_place_is_an_error(sign_in: Any) -> None:
    response = sign_in().get(f"{REST}inbox/?after=x")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_argument")


def test_an_inbox_takes_a_fixed_number_of_queries(sign_in: Any, django_assert_max_num_queries: Any) -> None:
    create_held_runs(people.Holds, "ready", 50, request=None, waiting_for="outcome")
    client = sign_in("skip_step")
    with django_assert_max_num_queries(13):
        assert len(client.get(f"{REST}inbox/").json()["results"]) == 50
