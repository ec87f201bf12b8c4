"""Pages stay small, however long an output, an error message or a comment is."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.models import StepRun
from tests.host import workflows
from tests.host.runs import driven
from tests.integration.console.html import page

BASE = "/admin/squid_mesh/"
VIEWS = tuple(f"squid_mesh.view_{model}" for model in ("run", "steprun", "auditevent"))
HUGE = "x" * 300_000


@pytest.mark.parametrize(
    "address",
    [
        "run/{run}/change/",
        "run/{run}/act/retry_step/?step=two",
        "run/",
        "auditevent/",
        "auditevent/{event}/change/",
        "steprun/{one}/change/",
        "steprun/{two}/change/",
    ],
)
def test_a_page_shows_only_the_beginning_of_a_huge_text(
    address: str, staff: Any, plan: dict[str, Any], settings: Any
) -> None:
    settings.SQUID_MESH = {"LIMITS": {"TEXT_CHARS": len(HUGE), "ERROR_CHARS": len(HUGE)}}
    plan["one"] = {"blob": HUGE}
    plan["two"] = ValueError(HUGE)
    run_id = driven(workflows.Chain)
    api.comment_run(run_id, HUGE)
    places = {step.name: step.pk for step in StepRun.objects.filter(run_id=run_id)}
    event = StepRun.objects.get(pk=places["one"]).run.events.get(type="commented").pk
    shown = page(staff(*VIEWS), BASE + address.format(run=run_id, event=event, **places))
    assert len(shown) < 250_000
