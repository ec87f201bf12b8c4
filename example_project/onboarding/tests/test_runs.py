"""Whole runs of the onboarding, without a cluster or a wait."""
# ruff: noqa: PT009 - for Django's own test runner

from __future__ import annotations

from django.test import TestCase

from onboarding import steps
from onboarding.models import Customer
from onboarding.workflows import OnboardCustomer
from squid_mesh.inspection.snapshots.runs import RunSnapshot
from squid_mesh.testing import assert_steps, fail_at, fake, history, run_workflow, virtual_time

HISTORY = """\
onboarding.OnboardCustomer (by_hand): completed
  load_customer: completed
  note: completed
  check_identity: completed
    attempt 1: deferred: Defer: The registry is still searching.
    attempt 2: completed
  check_credit: completed
  open_trial_account: skipped
  open_account: completed
  assign_editor: bypassed
  delay: completed
  send_welcome_pack: failed
    attempt 1: failed: StepFailed: No delivery to AQ.
  notify_support: completed
events:
  run_started
  run_completed notify_support
"""


class Runs(TestCase):
    """From a new customer to the welcome pack."""

    def setUp(self) -> None:
        self.enterContext(virtual_time())
        limit = steps.Credit(limit=500)
        self.bureau = self.enterContext(fake(OnboardCustomer.check_credit, returns=limit))

    def onboard(self, country: str = "GB", plan: str = "standard") -> RunSnapshot:
        """Run the workflow for a new customer."""
        self.row = Customer.objects.create(name="Ashdown", country=country, plan=plan)
        run = run_workflow(OnboardCustomer, {"customer_id": self.row.pk})
        self.row.refresh_from_db()
        return run

    def test_a_premium_customer_gets_an_account_an_editor_and_a_parcel(self) -> None:
        run = self.onboard(plan="premium")
        assert_steps(
            run,
            [
                *("load_customer", "note", "check_identity", "check_credit"),
                *("open_account", "assign_editor", "delay", "send_welcome_pack"),
            ],
        )
        self.assertEqual((self.row.account, bool(self.row.editor)), ("full", True))
        self.assertIn("tracking_number", run.state["parcel"])

    def test_the_history_of_a_customer_without_delivery(self) -> None:
        self.assertEqual(history(self.onboard("AQ")), HISTORY)

    def test_an_unsure_registry_gives_a_trial_account(self) -> None:
        self.onboard("IS")
        self.assertEqual(self.row.account, "trial")

    def test_a_bureau_without_an_answer_is_asked_three_times(self) -> None:
        with fake(OnboardCustomer.check_credit, raises=TimeoutError) as bureau:
            self.assertEqual(self.onboard().status, "failed")
        self.assertEqual(len(bureau.calls), 3)

    def test_a_worker_that_dies_after_sending_sends_the_same_parcel_again(self) -> None:
        with fail_at("crash_after_effect", OnboardCustomer.send_welcome_pack):
            run = self.onboard()
        self.assertEqual(run.status, "completed")
        self.assertEqual(len(run.step("send_welcome_pack").attempts), 2)
