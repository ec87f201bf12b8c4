"""Each recipe's runs end as its page says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from squid_mesh import api
from squid_mesh.exceptions import FormError, IllegalAction, NotPermitted
from squid_mesh.testing import drain
from tests.recipes import correct_a_run
from tests.recipes.add_to_your_project import Fulfil
from tests.recipes.ask_people import Purchase
from tests.recipes.call_another_system import Checkout
from tests.recipes.choose_a_path import Parcel
from tests.recipes.come_from_celery import IndexPage
from tests.recipes.correct_a_run import Import
from tests.recipes.keep_secrets import SignIn
from tests.recipes.partners import bank, printer
from tests.recipes.pass_large_data import Picture
from tests.recipes.retry_later import Convert
from tests.recipes.run_on_a_schedule import DailyReport
from tests.recipes.run_steps_in_parallel import Offer
from tests.recipes.wait_for_another_system import Brochure

pytestmark = pytest.mark.django_db


def start(workflow: Any, payload: dict[str, Any], **options: Any) -> api.StartedRun:
    """Start a run and execute what is due."""
    run = api.start_run(workflow, payload, **options)
    drain()
    return run


def read(run: api.RunSummary) -> api.RunSnapshot:
    """Return the run as it is now."""
    return api.inspect_run(run.id, history=True)


def test_an_order_is_sent_after_its_check(admin_user: User) -> None:
    user = admin_user
    run = api.start_run(Fulfil, {"order_id": 7}, idempotency_key="order-7", actor=user)
    drain()
    reason = api.explain_run(run.id).summary  # why it waits, and for whom
    api.approve_run(run.id, actor=user, comment="All items are there.")
    drain()
    assert "Is the order complete?" in reason
    assert read(run).state["sent"] == "order 7 from shelf A7"


def test_a_payment_whose_answer_was_lost_is_made_once() -> None:
    bank.lost = 1
    run = start(Checkout, {"card": "4000", "amount": 90})
    assert read(run).status == "retrying"
    api.retry_step(run.id, "pay")  # now, instead of after the delay
    drain()
    finished = read(run)
    assert finished.status == "completed"
    assert [attempt.outcome for attempt in finished.step("pay").attempts] == ["failed", "completed"]
    assert bank.charges == {f"{run.id}:pay:1": 90}


def test_a_rate_is_fetched_again_after_the_bank_was_closed() -> None:
    bank.closed = True
    run = start(Convert, {"currency": "CHF", "amount": 100})
    assert read(run).status == "retrying"
    bank.closed = False
    api.retry_step(run.id, "fetch")
    drain()
    assert read(run).status == "completed"
    assert read(run).state["converted"] == 105
    assert read(run).step("fall_back").status == "skipped"


def test_an_unknown_currency_is_not_asked_for_again() -> None:
    run = start(Convert, {"currency": "XAU", "amount": 2})
    finished = read(run)
    assert finished.status == "completed"
    assert len(finished.step("fetch").attempts) == 1
    assert finished.state["converted"] == 7800


def test_a_brochure_waits_for_the_printing_office() -> None:
    run = start(Brochure, {"text": "Spring"})
    assert read(run).status == "waiting"
    api.retry_step(run.id, "receive")  # now, instead of in five minutes
    drain()
    assert read(run).status == "waiting"
    printer.ready = True
    api.retry_step(run.id, "receive")
    drain()
    finished = read(run)
    assert finished.status == "completed"
    assert finished.state["pages"] == 12
    assert finished.step("receive").failures == 0
    assert [one.outcome for one in finished.step("receive").attempts] == ["deferred", "deferred", "completed"]


def test_a_manager_decides_about_a_purchase_and_the_form_is_checked(grace: User, manager: User) -> None:
    run = start(Purchase, {"item": "lamp"}, actor=grace)
    with pytest.raises(NotPermitted):
        api.approve_run(run.id, actor=grace, data={"account": "4711", "limit": 50})
    with pytest.raises(FormError):
        api.approve_run(run.id, actor=manager, data={"account": "4711", "limit": 0})
    assert [item.step for item in api.list_waiting(user=manager).items] == ["review"]
    api.approve_run(run.id, actor=manager, data={"account": "4711", "limit": 50})
    drain()
    assert read(run).status == "completed"
    assert read(run).state["ordered"] == "lamp from 4711"


def test_a_rejected_purchase_fails_and_orders_nothing(grace: User, manager: User) -> None:
    run = start(Purchase, {"item": "throne"}, actor=grace)
    api.reject_run(run.id, actor=manager, comment="We have chairs.")
    drain()
    assert read(run).status == "failed"
    assert read(run).step("order").status == "pending"


@pytest.mark.parametrize(
    ("grams", "sent_by", "lift"),
    [(900, "bike", "skipped"), (9_000, "lorry", "bypassed"), (90_000, "lorry", "completed")],
)
def test_a_parcel_takes_the_path_of_its_weight(grams: int, sent_by: str, lift: str) -> None:
    finished = read(start(Parcel, {"grams": grams}))
    assert finished.status == "completed"
    assert (finished.state["sent_by"], finished.step("lift").status) == (sent_by, lift)


def test_an_empty_parcel_fails() -> None:
    assert read(start(Parcel, {"grams": 0})).status == "failed"


def test_an_offer_has_what_both_branches_found() -> None:
    finished = read(start(Offer, {"article": "a7"}))
    assert finished.status == "completed"
    assert finished.state["offer"] == "3 of A7 at 12"
    assert finished.step("stock").input == {"number": "A7"}


def test_a_report_is_about_the_day_before_its_scheduled_time() -> None:
    api.refresh_triggers()
    fired = api.fire_trigger(DailyReport, "mornings", actor="tests")
    drain()
    finished = read(fired)
    assert finished.status == "completed"
    assert finished.schedule is not None
    day = datetime.fromisoformat(finished.schedule["scheduled_time"]) - timedelta(days=1)
    assert finished.state["report"] == f"Report of {day:%d.%m.%Y}"


def test_a_report_for_another_day_is_started_by_hand() -> None:
    run = start(DailyReport, {"day": date(2027, 1, 31)}, trigger="by_hand")
    assert read(run).state["report"] == "Report of 31.01.2027"


@pytest.fixture
def failed_import(monkeypatch: pytest.MonkeyPatch) -> api.StartedRun:
    """Return a run that failed in its second step."""
    monkeypatch.setitem(correct_a_run.FILES, "a.csv", "twelve")
    run = start(Import, {"path": "a.csv"})
    assert read(run).status == "failed"
    return run


def test_a_failed_step_is_retried_and_the_steps_before_it_are_not(
    failed_import: api.StartedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = failed_import
    api.retry_step(run.id, "count", actor="support", reason="The parser is repaired.")
    monkeypatch.setattr(correct_a_run, "int", lambda text: {"twelve": 12}[text], raising=False)
    drain()
    assert read(run).state["announced"] == "12 rows"
    assert len(read(run).step("read").attempts) == 1


def test_a_rewind_reads_the_corrected_file(
    failed_import: api.StartedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = failed_import
    monkeypatch.setitem(correct_a_run.FILES, "a.csv", "12")
    api.rewind_run(run.id, "read", actor="support", reason="The file is corrected.")
    drain()
    assert read(run).state["announced"] == "12 rows"
    assert read(run).step("read").visit == 2


def test_a_result_is_recorded_or_the_step_is_skipped(failed_import: api.StartedRun) -> None:
    run = failed_import
    api.resolve_step(run.id, "count", output={"rows": 12}, actor="support", reason="Counted by hand.")
    drain()
    assert read(run).state["announced"] == "12 rows"
    with pytest.raises(IllegalAction):
        api.skip_step(run.id, "count", actor="support", reason="Too late.")


def test_a_skipped_step_leaves_its_default(failed_import: api.StartedRun) -> None:
    run = failed_import
    api.skip_step(run.id, "count", actor="support", reason="The number isn't needed.")
    drain()
    assert read(run).state["announced"] == "0 rows"


def test_a_replay_is_a_new_run_with_a_corrected_payload(
    failed_import: api.StartedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = failed_import
    monkeypatch.setitem(correct_a_run.FILES, "b.csv", "7")
    again = api.replay_run(run.id, payload={"path": "b.csv"}, actor="support", reason="The wrong file.")
    drain()
    assert again.replay_of == run.id
    assert read(again).state["announced"] == "7 rows"
    assert read(run).status == "failed"


def test_a_picture_is_stored_once_and_the_run_has_its_name(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    run = start(Picture, {"width": 64})
    assert read(run).state == {"width": 64, "picture": f"{run.id}.pgm", "size": 76}


def test_a_secret_is_not_shown_even_in_an_error() -> None:
    run = start(SignIn, {"token": "open-barley"})
    assert "open-barley" not in read(run).model_dump_json()
    assert "The door refuses ****" in str(read(run).error)
    assert read(start(SignIn, {"token": "open-sesame"})).status == "completed"


def test_a_chord_is_a_step_that_needs_both() -> None:
    finished = read(start(IndexPage, {"url": "example.com"}))
    assert finished.state["entry"] == "Page Of Example.Com (3 words)"
