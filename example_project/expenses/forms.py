"""The forms that people fill in when they decide about an expense."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

Amount = Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)]


class CostCentre(StrEnum):
    """The budget that pays the expense."""

    NEWSROOM = "newsroom"
    SALES = "sales"
    TECHNOLOGY = "technology"


class Approval(BaseModel):
    """The manager's form when the expense is approved."""

    cost_centre: CostCentre
    amount: Amount = Field(description="The amount to pay, at most the amount of the expense.")


class Amendment(BaseModel):
    """The employee's correction of an expense that was sent back."""

    purpose: str = Field(min_length=1, max_length=200)
    amount: Amount
