"""The steps and rules of onboarding, called as the plain functions they are."""
# ruff: noqa: PT009, PT027 - for Django's own test runner

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from django.test import TestCase
from django.utils import timezone

from onboarding import rules, steps
from onboarding.models import Customer
from squid_mesh import Defer, Outcome, StepContext, StepFailed


def context(step: str, attempt: int = 1) -> StepContext:
    """Return the context that the engine would pass."""
    return StepContext(run_id=UUID(int=1), workflow="onboarding.OnboardCustomer", step=step, attempt=attempt)


class Onboarding(TestCase):
    """One customer at a time."""

    def customer(self, country: str = "GB", plan: Customer.Plan = Customer.Plan.STANDARD) -> steps.Profile:
        """A new customer, as the steps know it."""
        self.row = Customer.objects.create(name="Ashdown", country=country, plan=plan)
        return steps.load_customer(self.row.pk)

    def asked(self, customer: steps.Profile, ago: timedelta) -> None:
        """Pretend that the registry was asked that long ago."""
        Customer.objects.filter(pk=customer.id).update(registry_asked_at=timezone.now() - ago)

    def test_an_unknown_customer_fails_the_step(self) -> None:
        with self.assertRaises(StepFailed) as caught:
            steps.load_customer(4711)
        self.assertEqual(caught.exception.details, {"customer_id": 4711})

    def test_the_step_defers_until_the_registry_has_a_result(self) -> None:
        customer = self.customer()
        for _ in range(2):
            with self.assertRaises(Defer):
                steps.check_identity(customer)
        self.asked(customer, timedelta(seconds=2))
        self.assertEqual(steps.check_identity(customer), steps.Identity(registered=True))

    def test_an_unsure_registry_gives_a_tentative_outcome(self) -> None:
        customer = self.customer("IS")
        self.asked(customer, timedelta(seconds=2))
        expected = Outcome("tentative", steps.Identity(registered=False))
        self.assertEqual(steps.check_identity(customer), expected)

    def test_the_plan_decides_the_credit_limit(self) -> None:
        for plan, limit in ((Customer.Plan.STANDARD, 500), (Customer.Plan.PREMIUM, 5000)):
            credit = asyncio.run(steps.check_credit(self.customer(plan=plan), context("check_credit")))
            self.assertEqual(credit.limit, limit)

    def test_only_the_first_call_of_the_bureau_hangs(self) -> None:
        customer = self.customer("FK")
        with self.assertRaises(TimeoutError):
            asyncio.run(asyncio.wait_for(steps.check_credit(customer, context("check_credit")), 0.3))
        second = context("check_credit", attempt=2)
        self.assertEqual(asyncio.run(steps.check_credit(customer, second)).limit, 500)

    def test_accounts_and_notes_are_written_to_the_customer(self) -> None:
        customer = self.customer()
        steps.open_trial_account(customer)
        self.row.refresh_from_db()
        self.assertEqual(self.row.account, Customer.Account.TRIAL)
        steps.open_account(customer, steps.Credit(limit=500))
        steps.assign_editor(customer)
        steps.notify_support(customer)
        self.row.refresh_from_db()
        self.assertEqual(self.row.account, Customer.Account.FULL)
        self.assertTrue(self.row.editor)
        self.assertIn("Ashdown", self.row.note_to_support)

    def test_one_reference_is_one_parcel(self) -> None:
        customer = self.customer()
        first, second = (steps.send_welcome_pack(customer, context("send", n)) for n in (1, 2))
        self.assertEqual(first, second)

    def test_a_country_without_delivery_fails_the_step(self) -> None:
        with self.assertRaises(StepFailed):
            steps.send_welcome_pack(self.customer("FK"), context("send"))

    def test_only_premium_customers_have_an_editor(self) -> None:
        self.assertTrue(rules.is_premium(self.customer(plan=Customer.Plan.PREMIUM)))
        self.assertFalse(rules.is_premium(self.customer()))
