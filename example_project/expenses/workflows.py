"""Expense approval, declared: people who decide, deadlines, rework, and a payment that is made once."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from expenses import rules, steps
from expenses.answers import Amendment, Approval
from squid_mesh import Retry, Workflow, approval, escalate, exponential, manual, step


class ExpenseApproval(Workflow):
    """Pay an employee's expense once everybody has agreed whom the policy asks.

    Petty sums are paid unasked. All else goes to the employee's manager, who may send it back; if the manager
    is silent for three days, finance may answer too. Large sums need two people of finance besides.
    """

    class Payload(BaseModel):
        expense_id: int

    submitted = manual()

    amend = approval(
        "The expense was sent back to you. Put it right, or reject it to withdraw it.",
        output="amendment",
        form=Amendment,
        assignee=rules.employee,
        when=rules.sent_back,
    )
    read_expense = step(steps.read_expense, output="claim")
    check_policy = step(steps.check_policy)
    manager_review = approval(
        "Is this expense to be paid?",
        output="approval",
        form=Approval,
        assignee=rules.manager,
        not_by_starter=True,
        deadline=timedelta(days=3),
        on_timeout=escalate(groups=["Finance"]),
    )
    finance_review = approval(
        "The manager has approved a large sum. Do you?",
        groups=["Finance"],
        quorum=2,
        not_by_starter=True,
        when=rules.is_large,
    )
    pay = step(
        steps.pay,
        output="payment",
        retry=Retry(max_attempts=5, backoff=exponential(min=1, max=60)),
        irreversible=True,
    )
    decline = step(steps.decline)
    tell_employee = step(steps.tell_employee)

    flow = [
        amend >> read_expense >> check_policy >> manager_review >> finance_review >> pay >> tell_employee,
        check_policy.on("petty") >> pay,
        manager_review.on("rework").rewind(amend, max_visits=3),
        [
            amend.on("rejected"),
            check_policy.on("against_policy"),
            manager_review.on("rejected"),
            finance_review.on("rejected"),
        ]
        >> decline
        >> tell_employee,
    ]
