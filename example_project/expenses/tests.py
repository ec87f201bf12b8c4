"""The expense workflow: its steps called as plain functions, and whole runs without a cluster."""
# ruff: noqa: PT009, PT027 - for Django's own test runner

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import Group, User
from django.core import mail
from django.test import TestCase
from django.urls import reverse

from expenses import steps
from expenses.forms import Amendment, Approval, CostCentre
from expenses.models import Employee, Expense, Transfer
from expenses.submission import submit
from expenses.workflows import ExpenseApproval
from squid_mesh import Outcome, StepContext, StepFailed, api
from squid_mesh.exceptions import AlreadyDecided, FormError, NotPermitted
from squid_mesh.lifecycle import RunStatus, StepStatus, WaitingFor
from squid_mesh.testing import advance, assert_steps, decide, drain, fail_at, virtual_time

FINE = Approval(cost_centre=CostCentre.NEWSROOM, amount=Decimal(100))


def context(attempt: int = 1) -> StepContext:
    """Return the context that the engine would pass."""
    return StepContext(run_id=UUID(int=1), workflow="expenses.ExpenseApproval", step="pay", attempt=attempt)


class Desk(TestCase):
    """Iris works for Maren; Tomas and Lena are finance."""

    def setUp(self) -> None:
        finance = Group.objects.create(name="Finance")
        self.iris, self.maren, self.tomas, self.lena = (
            User.objects.create_user(name, f"{name}@desk.example")
            for name in ("iris", "maren", "tomas", "lena")
        )
        finance.user_set.add(self.tomas, self.lena)
        self.employee = Employee.objects.create(user=self.iris, manager=self.maren, account="GB33BUKB")

    def expense(self, amount: int, account: str = "GB33BUKB") -> Expense:
        """Create an expense of Iris."""
        Employee.objects.update(account=account)
        return Expense.objects.create(employee=self.employee, purpose="Train to Oslo", amount=amount)


class Steps(Desk):
    """One step at a time."""

    def claim(self, amount: int, account: str = "GB33BUKB") -> steps.Claim:
        """The claim for a new expense."""
        self.row = self.expense(amount, account)
        return steps.read_expense(self.row.pk)

    def test_the_amount_decides_the_outcome_of_the_policy(self) -> None:
        for amount, outcome in ((25, Outcome("small")), (26, None), (10_000, None)):
            self.assertEqual(steps.check_policy(self.claim(amount)), outcome)
        self.assertEqual(steps.check_policy(self.claim(10_001)), Outcome("against_policy"))

    def test_an_amendment_is_stored_in_the_expense(self) -> None:
        expense = self.expense(120)
        claim = steps.read_expense(expense.pk, Amendment(purpose="Train to Bergen", amount=Decimal(90)))
        expense.refresh_from_db()
        self.assertEqual((expense.purpose, expense.amount), ("Train to Bergen", 90))
        self.assertEqual((claim.purpose, claim.amount), ("Train to Bergen", 90))

    def test_the_approved_amount_is_paid_but_at_most_the_claim(self) -> None:
        for asked, paid in ((120, 100), (80, 80)):
            claim = self.claim(asked)
            Transfer.objects.all().delete()
            self.assertEqual(steps.pay(self.row.pk, claim, context(), FINE).amount, paid)
            self.row.refresh_from_db()
            self.assertEqual((self.row.paid, self.row.cost_centre), (paid, "newsroom"))

    def test_a_dropped_connection_pays_once(self) -> None:
        claim = self.claim(20, "FI21BANK")
        with self.assertRaises(ConnectionError):
            steps.pay(self.row.pk, claim, context(1))
        steps.pay(self.row.pk, claim, context(2))
        self.assertEqual(Transfer.objects.get().reference, context().idempotency_key)

    def test_a_closed_account_fails_the_step_and_nothing_is_paid(self) -> None:
        claim = self.claim(20, "LV80BANK")
        with self.assertRaises(StepFailed):
            steps.pay(self.row.pk, claim, context())
        self.assertFalse(Transfer.objects.exists())


class Runs(Desk):
    """Whole runs, from the submission to the mail."""

    def setUp(self) -> None:
        super().setUp()
        self.enterContext(virtual_time())

    def submitted(self, amount: int, account: str = "GB33BUKB") -> UUID:
        """Submit an expense of Iris and run until the first approval."""
        self.row = self.expense(amount, account)
        run = submit(self.row, by=self.iris)
        drain()
        return run.id

    def waiting_approvals(self, run: UUID) -> set[str]:
        """The approvals that the run waits for."""
        return {
            step.name
            for step in api.inspect_run(run).steps
            if step.waiting_for == WaitingFor.APPROVAL and step.current
        }

    def ended(self, run: UUID) -> tuple[str, Decimal | None]:
        """Return the status and the paid amount of the finished expense."""
        self.assertEqual(api.inspect_run(run).status, RunStatus.COMPLETED)
        self.row.refresh_from_db()
        self.assertEqual(Transfer.objects.count(), int(self.row.paid is not None))
        self.assertEqual(len(mail.outbox), 1)
        return self.row.status, self.row.paid

    def test_a_small_amount_is_paid_without_approval(self) -> None:
        self.assertEqual(self.ended(self.submitted(18)), ("paid", 18))

    def test_an_amount_above_the_maximum_is_declined(self) -> None:
        self.assertEqual(self.ended(self.submitted(12_000)), ("declined", None))

    def test_the_manager_alone_decides_about_an_ordinary_amount(self) -> None:
        run = self.submitted(120)
        for other_person in (self.iris, self.tomas):
            with self.assertRaises(NotPermitted):
                decide(run, step="manager_review", by=other_person, data=FINE)
        decide(run, step="manager_review", by=self.maren, data=FINE)
        self.assertEqual(self.ended(run), ("paid", 100))
        self.assertIn("100.00 EUR were paid", mail.outbox[0].body)

    def test_a_rejected_expense_is_not_paid(self) -> None:
        run = self.submitted(120)
        decide(run, "rejected", step="manager_review", by=self.maren, comment="Not for work.")
        self.assertEqual(self.ended(run), ("declined", None))

    def test_an_approval_needs_its_form(self) -> None:
        run = self.submitted(120)
        with self.assertRaises(FormError) as caught:
            decide(run, step="manager_review", by=self.maren, data={"cost_centre": "moon", "amount": 0})
        self.assertEqual(set(caught.exception.details["errors"]), {"cost_centre", "amount"})
        self.assertEqual(self.waiting_approvals(run), {"manager_review"})

    def test_rework_goes_back_to_the_employee_and_then_to_the_manager(self) -> None:
        run = self.submitted(120)
        decide(run, "rework", step="manager_review", by=self.maren, comment="Where is the receipt?")
        self.assertEqual(self.waiting_approvals(run), {"amend"})
        amendment = Amendment(purpose="Train to Oslo, receipt 12", amount=Decimal(90))
        with self.assertRaises(NotPermitted):
            decide(run, step="amend", by=self.maren, data=amendment)
        decide(run, step="amend", by=self.iris, data=amendment)
        self.assertEqual(api.inspect_run(run).step("manager_review").visit, 2)
        decide(run, step="manager_review", by=self.maren, data=FINE)
        self.assertEqual(self.ended(run), ("paid", 90))

    def test_an_employee_may_withdraw_what_was_sent_back(self) -> None:
        run = self.submitted(120)
        decide(run, "rework", step="manager_review", by=self.maren)
        decide(run, "rejected", step="amend", by=self.iris)
        self.assertEqual(self.ended(run), ("declined", None))

    def test_a_large_amount_needs_two_people_of_finance_as_well(self) -> None:
        run = self.submitted(4000)
        decide(run, step="manager_review", by=self.maren, data=FINE)
        decide(run, step="finance_review", by=self.tomas)
        with self.assertRaises(AlreadyDecided):
            decide(run, step="finance_review", by=self.tomas)
        self.assertFalse(Transfer.objects.exists())
        decide(run, step="finance_review", by=self.lena)
        self.assertEqual(self.ended(run), ("paid", 100))

    def test_after_three_days_finance_may_decide_too(self) -> None:
        run = self.submitted(120)
        advance(days=3, minutes=1, cron=())
        self.assertEqual(self.waiting_approvals(run), {"manager_review"})
        decide(run, step="manager_review", by=self.lena, data=FINE)
        self.assertEqual(self.ended(run), ("paid", 100))

    def test_a_retried_payment_is_made_once(self) -> None:
        run = self.submitted(18, "FI21BANK")
        self.assertEqual(api.inspect_run(run).step("pay").status, StepStatus.WAITING)
        advance(minutes=2, cron=())
        self.assertEqual(self.ended(run), ("paid", 18))

    def test_a_payment_whose_worker_dies_is_left_to_a_person(self) -> None:
        with fail_at("crash_after_effect", ExpenseApproval.pay):
            run = self.submitted(18)
            advance(minutes=2, cron=())
        assert_steps(run, [("amend", "bypassed"), "read_expense", "check_policy", ("pay", "unknown")])
        self.assertEqual(Transfer.objects.count(), 1)

    def test_submitting_twice_starts_one_run(self) -> None:
        run = self.submitted(120)
        self.assertEqual(submit(self.row, by=self.iris).id, run)

    def test_adding_an_expense_in_the_admin_submits_it(self) -> None:
        User.objects.filter(pk=self.maren.pk).update(is_staff=True, is_superuser=True)
        self.client.force_login(self.maren)
        form = {"employee": self.employee.pk, "purpose": "Ink", "amount": "30", "currency": "EUR"}
        self.client.post(reverse("admin:expenses_expense_add"), form)
        run = api.list_runs(subject=Expense.objects.get()).runs[0]
        drain()
        with self.assertRaises(NotPermitted):  # the submitter may not approve it
            decide(run.id, step="manager_review", by=self.maren, data=FINE)
