"""A process of the project that starts runs: the ledger and the numbers of runs are its arguments."""

from __future__ import annotations

import sys

import django

django.setup()

from django.db import Error  # noqa: E402

from squid_mesh import api  # noqa: E402
from tests.acceptance.flows import Fan, Slow  # noqa: E402


def main(ledger: str, slow: int, fans: int) -> None:
    """Start the runs; print the class of the database's error if they can't be started."""
    try:
        for n in range(slow):
            api.start_run(Slow, {"ledger": ledger, "seconds": 0.4}, idempotency_key=f"slow {n}")
        for n in range(fans):
            api.start_run(Fan, {"ledger": ledger}, idempotency_key=f"fan {n}")
    except Error as error:
        sys.stdout.write(f"{type(error).__name__}: {error}\n")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
