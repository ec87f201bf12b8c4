"""Stand-in for a bank: offline, and the same every time. What it does depends on the account's country.

A reference is one payment, however often it is sent: that is all a bank, or any other system, has to promise.
"""

from __future__ import annotations

import os
import signal
from decimal import Decimal

from expenses.models import Transfer

#: The line to here drops after the first order for a payment, before its answer.
BAD_LINE = frozenset({"FI"})
#: All accounts here are closed.
CLOSED = frozenset({"LV"})
#: For these the bank's client brings its process down with it, and nobody knows whether money has moved.
CRASHES = frozenset({"XK"})


class AccountClosed(Exception):
    """There is no such account any more."""


def transfer(account: str, amount: Decimal, currency: str, reference: str) -> int:
    """Pay that amount into the account; the number of the transfer.

    Raises:
        AccountClosed: nothing was paid, and never will be.
        ConnectionError: nobody knows whether it was paid. Ask again with the same reference.
    """
    country = account[:2]
    if country in CLOSED:
        raise AccountClosed("The account is closed.")
    if country in CRASHES:
        os.kill(os.getpid(), signal.SIGKILL)
    booked, new = Transfer.objects.get_or_create(
        reference=reference, defaults={"account": account, "amount": amount, "currency": currency}
    )
    if new and country in BAD_LINE:
        raise ConnectionError("The line dropped before the bank had answered.")
    return booked.pk
