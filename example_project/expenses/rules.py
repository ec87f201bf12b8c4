"""Who is asked about an expense, and when."""

from __future__ import annotations

from expenses import policy
from expenses.models import Expense
from expenses.steps import Claim
from squid_mesh import StepContext


def employee(expense_id: int) -> str:
    """The username of whoever has spent the money."""
    return Expense.objects.get(pk=expense_id).employee.user.get_username()


def manager(expense_id: int) -> str:
    """The username of their manager."""
    return Expense.objects.get(pk=expense_id).employee.manager.get_username()


def sent_back(ctx: StepContext) -> bool:
    """Whether the run has come here before, so that somebody has asked for something else."""
    return ctx.visit > 1


def is_large(claim: Claim) -> bool:
    """Whether the manager alone is not enough."""
    return claim.amount >= policy.LARGE
