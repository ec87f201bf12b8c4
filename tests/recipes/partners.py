"""The other systems of the recipes, as simple as they can be. A test sets how they answer."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Bank:
    """A bank that does a request once for each key. ``lost`` answers are done and never arrive."""

    lost: int = 0
    closed: bool = False
    charges: dict[str, int] = field(default_factory=dict)

    def charge(self, card: str, amount: int, *, key: str) -> str:
        """Charge the card, unless the key was charged before; return the receipt."""
        self.charges.setdefault(key, amount)
        if self.lost:
            self.lost -= 1
            raise ConnectionError("The bank's answer was lost.")
        return f"receipt of {card} for {self.charges[key]}"

    def read_rate(self, currency: str) -> float:
        """Return the exchange rate of today."""
        if self.closed:
            raise ConnectionError("The bank is closed.")
        return {"CHF": 1.05, "SEK": 0.09}[currency]


@dataclass
class Printer:
    """A printing office that needs some time."""

    ready: bool = False

    def find_pages(self, job: str) -> int | None:
        """Return the number of printed pages; None before the job is done."""
        return 12 if self.ready else None


bank = Bank()
printer = Printer()
