"""Tags as links to the runs that have them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.host import workflows
from tests.host.runs import driven
from tests.integration.console.html import page

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"


def listed(client: Client, **query: str) -> list[Any]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [run.pk for run in response.context["cl"].result_list]


@pytest.mark.parametrize("address", [LIST, f"{LIST}{{}}/change/"])
def test_a_tag_links_to_the_runs_that_have_it(address: str, staff: Any) -> None:
    run_id = driven(workflows.Single, tags=["région & <b>", "vip"])
    shown = page(staff(VIEW), address.format(run_id))
    assert f'<a class="sqm-tag" href="{LIST}?tag=vip">vip</a>' in shown
    assert f'href="{LIST}?tag=r%C3%A9gion+%26+%3Cb%3E">région &amp; &lt;b&gt;</a>' in shown
    assert listed(staff(VIEW, name="bob"), tag="région & <b>") == [run_id]


def test_a_run_without_tags_shows_none(staff: Any) -> None:
    run_id = driven(workflows.Single)
    assert "sqm-tag" not in page(staff(VIEW), f"{LIST}{run_id}/change/")


def test_users_who_may_not_view_runs_see_no_tags(staff: Any) -> None:
    run_id = driven(workflows.Single, tags=["vip"])
    client = staff(name="eve")
    assert client.get(LIST, {"tag": "vip"}).status_code == 403
    assert client.get(f"{LIST}{run_id}/change/").status_code == 403
