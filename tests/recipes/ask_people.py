"""A purchase that a manager decides about, and pays from a budget."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, Field

from squid_mesh import Workflow, approval, escalate, fail, step


class Budget(BaseModel):
    account: str = Field(description="The account that pays.")
    limit: int = Field(gt=0)


def buy(item: str, budget: Budget) -> dict[str, str]:
    return {"ordered": f"{item} from {budget.account}"}


class Purchase(Workflow):
    class Payload(BaseModel):
        item: str

    review = approval(
        "Buy this?",
        output="budget",
        form=Budget,
        groups=["Managers"],
        not_by_starter=True,
        deadline=timedelta(days=3),
        on_timeout=escalate(permission="auth.change_user"),
    )
    order = step(buy)

    flow = [review >> order, review.on("rejected") >> fail]
