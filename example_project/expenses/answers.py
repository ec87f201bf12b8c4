"""The forms that people fill in when they decide about an expense."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, Field

Amount = Annotated[Decimal, Field(gt=0, max_digits=9, decimal_places=2)]


class CostCentre(StrEnum):
    """Whose budget it comes out of."""

    NEWSROOM = "newsroom"
    SALES = "sales"
    TECHNOLOGY = "technology"


class Approval(BaseModel):
    """What the manager says when the expense is to be paid."""

    cost_centre: CostCentre
    amount: Amount = Field(description="What is paid, at most what was asked for.")


class Amendment(BaseModel):
    """What the employee puts right when the expense was sent back."""

    purpose: str = Field(min_length=1, max_length=200)
    amount: Amount
