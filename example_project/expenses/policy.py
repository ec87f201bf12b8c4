"""The limits of the expense policy, the same in each currency."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: Amounts up to this limit are paid without approval.
SMALL: Final = Decimal(25)
#: From this amount on, finance must approve, too.
LARGE: Final = Decimal(1000)
#: Higher amounts are never paid.
MAXIMUM: Final = Decimal(10_000)
