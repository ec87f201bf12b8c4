"""The steps between the approvals. They are plain functions that a unit test can call."""

from __future__ import annotations

from decimal import Decimal

from django.core.mail import send_mail
from pydantic import BaseModel, SecretStr

from expenses import bank, policy
from expenses.forms import Amendment, Approval
from expenses.models import Expense
from squid_mesh import Outcome, StepContext, StepFailed


class Claim(BaseModel):
    """A copy of the expense for the approvals. Later edits of the expense don't change it."""

    employee: str
    purpose: str
    amount: Decimal
    currency: str
    account: SecretStr


class Payment(BaseModel):
    """A payment that was made."""

    transfer: int
    amount: Decimal


def read_expense(expense_id: int, amendment: Amendment | None = None) -> Claim:
    """Read the expense, after storing the employee's amendment."""
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
    """Check the amount: small ones need no approval, too high ones are declined."""
    if claim.amount > policy.MAXIMUM:
        return Outcome("against_policy")
    if claim.amount <= policy.SMALL:
        return Outcome("small")
    return None


def pay(expense_id: int, claim: Claim, ctx: StepContext, approval: Approval | None = None) -> Payment:
    """Pay the approved amount. All attempts have the same idempotency key, so the bank pays once."""
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
    """Decline the expense."""
    Expense.objects.filter(pk=expense_id).update(status=Expense.Status.DECLINED)


def notify_employee(expense_id: int) -> None:
    """Send the result by mail. If the worker dies here, a second mail is better than none."""
    expense = Expense.objects.select_related("employee__user").get(pk=expense_id)
    result = f"{expense.paid} {expense.currency} were paid" if expense.paid else expense.status
    send_mail(
        subject=f"Your expense: {expense.status}",
        message=f"{expense}: {result}.",
        from_email=None,
        recipient_list=[expense.employee.user.email],
    )
