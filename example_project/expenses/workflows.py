"""The expense workflow: approvals, deadlines, rework, and a payment that is made once."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel

from expenses import rules, steps
from expenses.forms import Amendment, Approval
from squid_mesh import Retry, Workflow, approval, escalate, exponential, manual, step


class ExpenseApproval(Workflow):
    """Pay an employee's expense after the approvals that the policy requires.

    Small amounts are paid without approval. The employee's manager decides about all others and may send them
    back. If the manager doesn't decide within three days, finance may decide, too. Two people of finance must
    approve large amounts as well.
    """

    class Payload(BaseModel):
        expense_id: int

    submitted = manual()

    amend = approval(
        "The expense was sent back to you. Correct it, or reject it to withdraw it.",
        output="amendment",
        form=Amendment,
        assignee=rules.employee,
        when=rules.was_sent_back,
    )
    read_expense = step(steps.read_expense, output="claim")
    check_policy = step(steps.check_policy)
    manager_review = approval(
        "Pay this expense?",
        output="approval",
        form=Approval,
        assignee=rules.manager,
        not_by_starter=True,
        deadline=timedelta(days=3),
        on_timeout=escalate(groups=["Finance"]),
    )
    finance_review = approval(
        "The manager approved this large amount. Do you approve it, too?",
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
    notify_employee = step(steps.notify_employee)

    flow = [
        amend >> read_expense >> check_policy >> manager_review >> finance_review >> pay >> notify_employee,
        check_policy.on("small") >> pay,
        manager_review.on("rework").rewind(amend, max_visits=3),
        [
            amend.on("rejected"),
            check_policy.on("against_policy"),
            manager_review.on("rejected"),
            finance_review.on("rejected"),
        ]
        >> decline
        >> notify_employee,
    ]
