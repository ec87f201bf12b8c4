"""Submission of an expense: the only place that starts its workflow."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from expenses.models import Expense
from expenses.workflows import ExpenseApproval
from squid_mesh import api


def submit(expense: Expense, by: AbstractBaseUser) -> api.RunSummary:
    """Start the expense's run when the transaction commits. A second call starts no second run.

    ``subject`` links the run to the expense. ``by`` submits the expense and so may not approve it. The tag
    lets finance find the runs of a currency.
    """
    return api.start_run(
        ExpenseApproval,
        {"expense_id": expense.pk},
        idempotency_key=f"expense-{expense.pk}",
        subject=expense,
        tags=[f"currency:{expense.currency.lower()}"],
        actor=by,
    )
