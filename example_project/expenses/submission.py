"""Handing in an expense: the one place where its workflow is started."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser

from expenses.models import Expense
from expenses.workflows import ExpenseApproval
from squid_mesh import api


def submit(expense: Expense, by: AbstractBaseUser) -> api.RunSummary:
    """Start the expense's run, once however often it is asked for, when the transaction commits.

    ``subject`` ties the run to the expense. ``by`` is who hands it in, and thus may not approve it. By its
    tag finance finds the runs of a currency.
    """
    return api.start_run(
        ExpenseApproval,
        {"expense_id": expense.pk},
        idempotency_key=f"expense-{expense.pk}",
        subject=expense,
        tags=[f"currency:{expense.currency.lower()}"],
        actor=by,
    )
