"""A simulated bank, offline and deterministic. Its behaviour depends on the account's country.

A reference is one payment, even if it is sent several times. The workflow requires nothing else of a bank.
"""

from __future__ import annotations

import os
import signal
from decimal import Decimal

from expenses.models import Transfer

#: The connection drops after the first payment, before the response.
DROPPED_CONNECTION = frozenset({"FI"})
#: The accounts of these countries are closed.
CLOSED = frozenset({"LV"})
#: The bank's client crashes the worker, so it is unknown whether the money was paid.
CRASHES = frozenset({"XK"})


class AccountClosed(Exception):
    """The account is closed."""


def transfer(account: str, amount: Decimal, currency: str, reference: str) -> int:
    """Pay the amount into the account and return the number of the transfer.

    Raises:
        AccountClosed: nothing was paid.
        ConnectionError: it is unknown whether the amount was paid. Retry with the same reference.
    """
    country = account[:2]
    if country in CLOSED:
        raise AccountClosed("The account is closed.")
    if country in CRASHES:
        os.kill(os.getpid(), signal.SIGKILL)
    booked, created = Transfer.objects.get_or_create(
        reference=reference, defaults={"account": account, "amount": amount, "currency": currency}
    )
    if created and country in DROPPED_CONNECTION:
        raise ConnectionError("The connection dropped before the bank's response.")
    return booked.pk
