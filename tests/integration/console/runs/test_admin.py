"""The run list: who may see it, and that its cost doesn't grow with the table."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.console.base import pagination
from squid_mesh.definitions.request import Request
from tests.host import people, workflows
from tests.host.held_runs import create_held_runs
from tests.host.models import Order
from tests.host.runs import driven

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


def test_only_users_who_may_view_runs_see_the_list(staff: Any) -> None:
    assert Client().get(LIST).status_code == 302
    assert staff(name="eve").get(LIST).status_code == 403
    assert staff(VIEW).get(LIST).status_code == 200


def test_a_page_takes_the_same_number_of_queries_for_many_runs_as_for_few(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    client = admin_client
    driven(workflows.Single, subject=Order.objects.create(note="n"))
    for number in (1, 60):
        create_held_runs(people.Reviews, "review", number, request=Request(kind="approval"))
        client.get(LIST)
        with django_assert_max_num_queries(10):
            client.get(LIST)
        with django_assert_max_num_queries(10):
            client.get(LIST, {"attention": "yes", "workflow": "host.Reviews", "p": "1"})


def test_long_columns_are_not_read(staff: Any, django_assert_max_num_queries: Any) -> None:
    driven(workflows.Single)
    client = staff(VIEW)
    with django_assert_max_num_queries(10) as asked:
        client.get(LIST)
    lists = [query["sql"] for query in asked.captured_queries if "ORDER BY" in query["sql"]]
    assert not any("payload" in sql for sql in lists)


def test_the_list_counts_only_the_rows_that_its_pages_show(
    staff: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "MAX_ROWS", 5)
    for _ in range(7):
        api.start_run(workflows.Single)
    response = staff(VIEW).get(LIST)
    assert response.context["cl"].result_count == 5
    assert "Only the newest rows are listed." in response.content.decode()
