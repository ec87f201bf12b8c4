"""The page of a run: its content, its masks and escapes, and its cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from squid_mesh import api
from squid_mesh.inspection.masking import MASK
from squid_mesh.models import Attempt, AuditEvent, Run, StepRun
from tests.host import people, workflows
from tests.host.models import Order
from tests.host.people import person
from tests.host.runs import claim, driven, row
from tests.integration.console.html import page, refused

VIEW = "squid_mesh.view_run"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
Plan = dict[str, Any]


def url(run_id: UUID, end: str = "change/") -> str:
    return f"/admin/squid_mesh/run/{run_id}/{end}"


def with_attempts(number: int) -> UUID:
    """Return a run whose step has that many more attempts."""
    run_id = driven(workflows.Single)
    step = row(run_id, "only")
    first = Attempt.objects.get(step=step)
    trace = "Traceback\n" + "  line of a traceback\n" * 40
    Attempt.objects.bulk_create(
        Attempt(
            step=step,
            number=n,
            worker="w",
            outcome="failed",
            error={"type": "ValueError", "message": f"attempt {n}", "traceback": trace},
            started_at=first.started_at + timedelta(seconds=n),
            ended_at=first.started_at + timedelta(seconds=n, milliseconds=100),
        )
        for n in range(2, number + 2)
    )
    AuditEvent.objects.bulk_create(
        AuditEvent(run_id=run_id, sequence=n, type="step_retried", step="only", created_at=first.ended_at)
        for n in range(3, number + 3)
    )
    Run.objects.filter(pk=run_id).update(event_count=number + 2)
    StepRun.objects.filter(pk=step.pk).update(attempt_number=number + 1)
    return run_id


def seconds(task: Callable[[], Any]) -> float:
    began = time.perf_counter()
    task()
    return time.perf_counter() - began


@pytest.mark.parametrize("end", ["change/", "raw/", "attempts/only/1/"])
def test_only_users_who_may_view_runs_see_a_run(end: str, staff: Any) -> None:
    run_id = driven(workflows.Single)
    assert Client().get(url(run_id, end)).status_code == 302
    assert staff("squid_mesh.cancel_run", name="eve").get(url(run_id, end)).status_code == 403
    assert staff(VIEW).get(url(run_id, end)).status_code == 200


@pytest.mark.parametrize("end", ["change/", "raw/", "attempts/only/1/"])
def test_an_unknown_run_is_not_found(end: str, staff: Any) -> None:
    assert staff(VIEW).get(url(UUID(int=7), end)).status_code == 404


def test_an_invalid_id_is_not_found(staff: Any) -> None:
    assert staff(VIEW).get("/admin/squid_mesh/run/nonsense/change/").status_code == 404


def test_nothing_can_be_changed_through_the_page(staff: Any) -> None:
    run_id = driven(workflows.Single)
    client = staff(VIEW, "squid_mesh.cancel_run")
    assert client.post(url(run_id), {"status": "failed"}).status_code == 403
    assert client.post(url(run_id, "delete/"), {"post": "yes"}).status_code == 403
    assert Run.objects.get().status == "completed"


def test_the_banner_explains_the_run_and_links_the_permitted_actions(staff: Any, plan: Plan) -> None:
    plan["two"] = ValueError("no ink")
    run_id = driven(workflows.Chain)
    shown = page(staff(VIEW, "squid_mesh.retry_step"), url(run_id))
    assert api.explain_run(run_id).summary in shown
    assert f'href="/admin/squid_mesh/run/{run_id}/act/retry_step/?step=two"' in shown
    assert f"/run/{run_id}/act/skip_step/" not in shown
    assert "<strong>Skip (two)</strong>: Requires the permission squid_mesh.skip_step." in shown


def test_no_button_is_highlighted_if_the_outcome_is_unknown(staff: Any) -> None:
    run_id = api.start_run(people.Checks).id
    claim(run_id)
    StepRun.objects.filter(run_id=run_id).update(
        status="unknown", waiting_for="outcome", claim_token=None, lease_until=None
    )
    Run.objects.filter(pk=run_id).update(status="paused")
    shown = page(staff(VIEW, "squid_mesh.retry_step", "squid_mesh.resolve_step"), url(run_id))
    assert "It did not happen – run again (check)" in shown
    assert "It happened – record result (check)" in shown
    assert "sqm-button-first" not in shown


def test_a_step_shows_its_attempts_errors_and_data(staff: Any, plan: Plan) -> None:
    plan["flaky"] = [ValueError("no ink"), ValueError("no paper")]
    run_id = driven(workflows.Retries)
    shown = page(staff(VIEW), url(run_id))
    for text in ('id="step-flaky"', "no ink", "Traceback", 'id="step-after"', "its next attempt", "<svg"):
        assert text in shown
    assert "sqm-hatch" in shown


def test_the_graph_links_to_the_steps(staff: Any) -> None:
    shown = page(staff(VIEW), url(driven(workflows.Chain)))
    for name in ("one", "two", "three"):
        assert f'href="#step-{name}"' in shown
        assert f'id="step-{name}"' in shown


def test_visits_before_a_rewind_stay_below_the_current_one(staff: Any, plan: Plan) -> None:
    run_id = driven(people.Reviews)
    api.decide_approval(
        run_id, "changes", actor=person("bob", "squid_mesh.decide_approval"), comment="shorter"
    )
    shown = page(staff(VIEW), url(run_id))
    assert "Visit 1, before a rewind" in shown
    assert "shorter" in shown


def test_secrets_are_masked_on_the_page_and_in_the_raw_json(staff: Any) -> None:
    run_id = driven(workflows.Secret, {"token": "tok-123", "note": "a note"})
    client = staff(VIEW)
    shown, raw = page(client, url(run_id)), client.get(url(run_id, "raw/"))
    for text in (shown, raw.content.decode()):
        assert "tok-123" not in text
        assert "4000-1234" not in text
        assert MASK in text
        assert "a note" in text
    assert raw["Content-Type"] == "application/json"
    assert raw.json()["run"]["id"] == str(run_id)
    assert raw.json()["explanation"]["reason"] == "completed"
    assert raw.json()["run"]["steps"][0]["attempts"]


def test_hostile_payloads_errors_and_comments_are_escaped(staff: Any, plan: Plan) -> None:
    order = Order.objects.create(note=HOSTILE[:50])
    plan["use"] = None
    plan["only"] = ValueError(HOSTILE)
    failed = driven(workflows.Single, subject=order, idempotency_key=HOSTILE)
    api.comment_run(failed, HOSTILE, actor=HOSTILE)
    secret = driven(workflows.Secret, {"token": "t", "note": HOSTILE})
    client = staff(VIEW, "host.view_order", "squid_mesh.view_auditevent")
    for address in (url(failed), url(secret), "/admin/squid_mesh/run/", "/admin/squid_mesh/auditevent/"):
        response = client.get(address)
        text = response.content.decode()
        assert response.status_code == 200
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert refused(response) == []
    assert "&lt;script&gt;alert(1)" in page(client, url(failed))


@pytest.mark.parametrize("workflow", [workflows.Single, people.Reviews, people.Holds, workflows.Sleeps])
def test_no_page_has_inline_scripts_or_styles(workflow: Any, admin_client: Client) -> None:
    run_id = driven(workflow)
    assert refused(admin_client.get(url(run_id))) == []
    assert refused(admin_client.get("/admin/squid_mesh/run/")) == []


def test_the_page_of_an_unfinished_run_reloads_and_that_of_a_finished_run_does_not(staff: Any) -> None:
    client = staff(VIEW)
    alive, over = driven(people.Holds), driven(workflows.Single)
    assert "refresh.js" in page(client, url(alive))
    assert 'data-sqm-refresh="20"' in page(client, url(alive))
    assert "refresh.js" not in page(client, url(over))
    for run_id in (alive, over):
        assert f'href="{url(run_id)}">Refresh</a>' in page(client, url(run_id))


def test_related_runs_are_linked(staff: Any) -> None:
    order = Order.objects.create(note="Anna’s order")
    first = driven(workflows.Single, subject=order)
    other = driven(workflows.Chain, subject=order)
    again = api.replay_run(first).id
    client = staff(VIEW, "host.view_order")
    shown = page(client, url(first))
    assert f'href="{url(again)}"' in shown
    assert f'href="{url(other)}"' in shown
    assert f'href="/admin/host/order/{order.pk}/change/"' in shown
    assert f'href="{url(first)}"' in page(client, url(again)).split("Replay of")[1]


def test_the_history_has_pages_with_the_newest_events_first(staff: Any) -> None:
    run_id = driven(workflows.Single)
    for n in range(45):
        api.comment_run(run_id, f"note {n:02}")
    client = staff(VIEW)
    shown = page(client, url(run_id))
    assert "note 44" in shown
    assert "note 20" not in shown
    assert shown.index("note 44") < shown.index("note 43")
    assert 'href="?before=28#sqm-history"' in shown
    older = page(client, url(run_id), before="28")
    assert "note 24" in older
    assert "note 44" not in older
    assert page(client, url(run_id), before="nonsense").count("note 44") == 1


def test_users_with_the_permission_can_add_a_comment(staff: Any) -> None:
    run_id = driven(workflows.Single)
    assert "Add a comment" not in page(staff(VIEW, name="bob"), url(run_id))
    client = staff(VIEW, "squid_mesh.comment_run")
    assert "Add a comment" in page(client, url(run_id))
    client.post(url(run_id, "act/comment_run/"), {"text": "looked at it"})
    assert "looked at it" in page(client, url(run_id))


def test_the_page_shows_the_newest_attempts_and_links_to_the_rest(staff: Any) -> None:
    run_id = with_attempts(140)
    client = staff(VIEW)
    shown = page(client, url(run_id))
    assert "attempt 141" in shown
    assert "attempt 121<" not in shown
    assert "121 older attempts" in shown
    assert f'href="{url(run_id, "attempts/only/1/")}"' in shown
    first = page(client, url(run_id, "attempts/only/1/"))
    assert "attempt 42" in first
    assert 'href="?before=42"' in first
    last = page(client, url(run_id, "attempts/only/1/"), before="42")
    assert "attempt 2" in last
    assert "Older attempts" not in last


def test_a_page_with_a_thousand_attempts_takes_about_as_long_as_one_with_ten(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    took = {}
    for number in (10, 1000):
        run_id = with_attempts(number)
        admin_client.get(url(run_id))
        with django_assert_max_num_queries(15):
            admin_client.get(url(run_id))
        took[number] = min(seconds(lambda: admin_client.get(url(run_id))) for _ in range(4))  # noqa: B023
    assert took[1000] < 5 * took[10]


def test_the_page_of_a_run_with_an_approval_takes_at_most_15_queries(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    run_id = driven(people.Reviews, subject=Order.objects.create(note="n"))
    admin_client.get(url(run_id))
    with django_assert_max_num_queries(15):
        admin_client.get(url(run_id))
