"""The steps between the decisions: plain functions, each of which a unit test can call."""

from __future__ import annotations

from decimal import Decimal

from django.core.mail import send_mail
from pydantic import BaseModel, SecretStr

from expenses import bank, policy
from expenses.answers import Amendment, Approval
from expenses.models import Expense
from squid_mesh import Outcome, StepContext, StepFailed


class Claim(BaseModel):
    """An expense as those who decide see it: nothing that is edited later changes what they agreed to."""

    employee: str
    purpose: str
    amount: Decimal
    currency: str
    account: SecretStr


class Payment(BaseModel):
    """Money that is on its way."""

    transfer: int
    amount: Decimal


def read_expense(expense_id: int, amendment: Amendment | None = None) -> Claim:
    """Read the expense, once, after writing down what its employee has put right."""
    expense = Expense.objects.select_related("employee__user").get(pk=expense_id)
    if amendment is not None:
        expense.purpose, expense.amount = amendment.purpose, amendment.amount
        expense.save(update_fields=["purpose", "amount"])
    return Claim(
        employee=str(expense.employee),
        purpose=expense.purpose,
        amount=expense.amount,
        currency=expense.currency,
        account=SecretStr(expense.employee.account),
    )


def check_policy(claim: Claim) -> Outcome | None:
    """Petty sums need nobody's approval, and some are so high that nobody's would do."""
    if claim.amount > policy.MOST:
        return Outcome("against_policy")
    if claim.amount <= policy.PETTY:
        return Outcome("petty")
    return None


def pay(expense_id: int, claim: Claim, ctx: StepContext, approval: Approval | None = None) -> Payment:
    """Pay what was approved. The key is the same in every attempt, so the bank pays once."""
    amount = min(claim.amount, approval.amount) if approval else claim.amount
    account = claim.account.get_secret_value()
    try:
        number = bank.transfer(account, amount, claim.currency, reference=ctx.idempotency_key)
    except bank.AccountClosed as error:
        raise StepFailed(str(error)) from error
    Expense.objects.filter(pk=expense_id).update(
        status=Expense.Status.PAID, paid=amount, cost_centre=approval.cost_centre if approval else ""
    )
    return Payment(transfer=number, amount=amount)


def decline(expense_id: int) -> None:
    """Nothing is paid."""
    Expense.objects.filter(pk=expense_id).update(status=Expense.Status.DECLINED)


def tell_employee(expense_id: int) -> None:
    """Say how it ended. Should the worker be lost right here, a second mail is better than none."""
    expense = Expense.objects.select_related("employee__user").get(pk=expense_id)
    ending = f"{expense.paid} {expense.currency} are on their way" if expense.paid else expense.status
    send_mail(
        subject=f"Your expense: {expense.status}",
        message=f"{expense}: {ending}.",
        from_email=None,
        recipient_list=[expense.employee.user.email],
    )
