"""What the search of the run list finds."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.host import workflows
from tests.host.models import Order
from tests.host.runs import driven

LIST = "/admin/squid_mesh/run/"
VIEW = "squid_mesh.view_run"
Plan = dict[str, Any]


def listed(client: Client, **query: str) -> list[Any]:
    response = client.get(LIST, query)
    assert response.status_code == 200
    return [run.pk for run in response.context["cl"].result_list]


@pytest.mark.parametrize("cut", [36, 13, 8])
def test_a_run_is_found_by_its_id_or_its_first_8_characters(cut: int, staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW)
    assert listed(client, q=str(run_id)[:cut]) == [run_id]
    assert listed(client, q="ffffffff") == []
    assert listed(client, q=str(run_id)[:7]) == []


def test_a_run_is_found_by_its_idempotency_key_and_its_subject(staff: Any) -> None:
    order = Order.objects.create(pk=4711, note="n")
    keyed = driven(workflows.Single, idempotency_key="Key-1")
    about = driven(workflows.Single, subject=order)
    client = staff(VIEW)
    assert listed(client, q="Key-1") == [keyed]
    assert listed(client, q=" 4711 ") == [about]
    assert listed(client, q="nothing") == []


def test_a_run_is_found_by_its_payload_and_never_by_its_secrets(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "note": "Grüße, „Anna“"})
    client = staff(VIEW)
    assert listed(client, q="payload:grüße") == [run_id]
    assert listed(client, q="payload: „Anna“") == [run_id]
    assert listed(client, q="payload:tok-12") == []
    assert listed(client, q="payload:") == [run_id]
    assert listed(client, q="Grüße") == []
