"""The pages of workflows: permission, content, cost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh.definitions.request import Request
from squid_mesh.models import Definition
from tests.host import payloads, people, workflows
from tests.host.held_runs import create_held_runs
from tests.host.runs import driven

RUNS = "/admin/squid_mesh/run/"
ASKS = f"{RUNS}workflows/{payloads.Asks.workflow_name}/"
VIEW = "squid_mesh.view_run"
ASKED = Request(kind="approval")
TRIGGERS = ("squid_mesh.view_trigger", VIEW)


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("page", ["dashboard/", "workflows/", "workflows/host.Chain/"])
def test_only_users_who_may_view_runs_see_the_pages(staff: Any, page: str) -> None:
    assert Client().get(RUNS + page).status_code == 302
    assert staff(name="eve").get(RUNS + page).status_code == 403
    assert staff(VIEW).get(RUNS + page).status_code == 200


def test_the_list_links_to_workflows_and_start_forms(staff: Any) -> None:
    driven(workflows.Chain)
    shown = text(staff(VIEW), f"{RUNS}workflows/")
    assert f'href="{ASKS}"' in shown
    assert "/start/" not in shown
    shown = text(staff(VIEW, "squid_mesh.start_run", name="bob"), f"{RUNS}workflows/")
    assert f'href="{ASKS}start/by_form/"' in shown
    assert "<b>everything" not in shown


def test_the_page_of_a_workflow_shows_its_definition_and_runs(staff: Any, plan: dict[str, Any]) -> None:
    run_id = driven(people.Checks)
    shown = text(staff(VIEW), f"{RUNS}workflows/host.Checks/")
    for expected in (
        "Steps to resolve: a declared type, labels, a retry.",
        "order_id",
        "up to 3 attempts; backoff 3600 s",
        'id="step-flaky"',
        "<svg",
        f'href="{RUNS}{run_id}/change/"',
        people.Checks.blueprint.fingerprint[:12],
    ):
        assert expected in shown
    assert "<script>alert" not in text(staff(VIEW, name="bob"), ASKS)
    assert staff(VIEW, name="cleo").get(f"{RUNS}workflows/host.Never/").status_code == 404


def test_the_page_of_a_workflow_that_is_not_installed_says_so_and_offers_no_start(staff: Any) -> None:
    driven(workflows.Chain)
    known = Definition.objects.get()
    Definition.objects.create(
        fingerprint="f" * 64,
        workflow="old.<i>Gone",
        blueprint={**known.blueprint, "workflow": "old.<i>Gone"},
        created_at=known.created_at,
    )
    client = staff(VIEW, "squid_mesh.start_run")
    listed = text(client, f"{RUNS}workflows/")
    assert listed.index("old.&lt;i&gt;Gone") < listed.index("host.Aside")
    shown = text(client, f"{RUNS}workflows/old.%3Ci%3EGone/")
    assert "This workflow isn’t installed any more" in shown
    assert "/start/" not in shown
    assert "<i>Gone" not in shown


@pytest.mark.parametrize(("page", "queries"), [("dashboard/", 32), ("workflows/host.Reviews/", 14)])
def test_a_page_takes_the_same_number_of_queries_for_many_runs_as_for_few(
    staff: Any, django_assert_max_num_queries: Any, page: str, queries: int
) -> None:
    client = staff(VIEW, "squid_mesh.decide_approval", "squid_mesh.start_run")
    for number in (3, 120):
        create_held_runs(people.Reviews, "review", number, request=ASKED)
        with django_assert_max_num_queries(queries):
            client.get(RUNS + page)


def test_a_run_is_listed_by_the_beginning_of_its_id_which_the_search_finds(staff: Any) -> None:
    run_id = driven(workflows.Chain)
    client = staff(VIEW)
    beginning = str(run_id)[:13]
    assert f">{beginning}…</a>" in text(client, f"{RUNS}workflows/host.Chain/")
    found = client.get(RUNS, {"q": beginning}).context["cl"].result_list
    assert [run.pk for run in found] == [run_id]
