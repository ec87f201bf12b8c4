"""The rules of the approvals: who decides, and when."""

from __future__ import annotations

from expenses import policy
from expenses.models import Expense
from expenses.steps import Claim
from squid_mesh import StepContext


def employee(expense_id: int) -> str:
    """Return the username of the employee."""
    return Expense.objects.get(pk=expense_id).employee.user.get_username()


def manager(expense_id: int) -> str:
    """Return the username of the employee's manager."""
    return Expense.objects.get(pk=expense_id).employee.manager.get_username()


def was_sent_back(ctx: StepContext) -> bool:
    """Whether the expense was sent back: the run reaches this step again."""
    return ctx.visit > 1


def is_large(claim: Claim) -> bool:
    """Whether finance must approve, too."""
    return claim.amount >= policy.LARGE
