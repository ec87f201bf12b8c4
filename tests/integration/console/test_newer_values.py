"""Values that a newer version wrote are shown as they are; no page fails."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.host import people
from tests.host.runs import driven
from tests.integration.console.html import page

BASE = "/admin/squid_mesh/"
VIEWS = tuple(f"squid_mesh.view_{model}" for model in ("run", "steprun", "attempt", "auditevent"))
NEWER = "unknown value &#x27;xyz&#x27;, written by a newer version"


@pytest.mark.parametrize(
    "address",
    ["run/", "steprun/", "attempt/", "auditevent/"],
)
def test_a_list_shows_a_newer_value(address: str, staff: Any) -> None:
    write_newer_values()
    assert NEWER in page(staff(*VIEWS), BASE + address)


@pytest.mark.parametrize(
    "address",
    [
        "run/{run}/change/",
        "run/{run}/raw/",
        "run/dashboard/",
        "run/waiting/",
        "run/workflows/",
        "run/workflows/host.Reviews/",
    ],
)
def test_a_page_does_not_fail_for_a_newer_value(address: str, staff: Any) -> None:
    run_id = write_newer_values()
    assert (
        staff(*VIEWS, "squid_mesh.decide_approval").get(BASE + address.format(run=run_id)).status_code == 200
    )


def write_newer_values() -> Any:
    run_id = driven(people.Reviews)
    Run.objects.filter(pk=run_id).update(status="xyz")
    StepRun.objects.filter(run_id=run_id).update(status="xyz", waiting_for="xyz")
    Attempt.objects.filter(step__run_id=run_id).update(outcome="xyz")
    AuditEvent.objects.bulk_create(
        [AuditEvent(run_id=run_id, sequence=99, type="xyz", created_at=Run.objects.get().created_at)]
    )
    return run_id
