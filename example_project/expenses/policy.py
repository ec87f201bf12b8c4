"""The expense policy in figures. They hold in every currency that we pay in."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

#: Up to this much is paid unasked.
PETTY: Final = Decimal(25)
#: From this much on, finance approves as well as the manager.
LARGE: Final = Decimal(1000)
#: More than this is never paid.
MOST: Final = Decimal(10_000)
