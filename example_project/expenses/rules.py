"""Who is asked about an expense, and when."""

from __future__ import annotations

from django.contrib.auth.models import User

from expenses import policy
from expenses.models import Expense
from expenses.steps import Claim
from squid_mesh import StepContext


def employee(expense_id: int) -> User:
    """Who has spent the money."""
    return Expense.objects.get(pk=expense_id).employee.user


def manager(expense_id: int) -> User:
    """The manager of whoever has spent it."""
    return Expense.objects.get(pk=expense_id).employee.manager


def sent_back(ctx: StepContext) -> bool:
    """Whether the run has come here before, so that somebody has asked for something else."""
    return ctx.visit > 1


def is_large(claim: Claim) -> bool:
    """Whether the manager alone is not enough."""
    return claim.amount >= policy.LARGE
