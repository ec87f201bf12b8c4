"""The seed of a randomised test: printed, so that the report of a failure has it, and accepted again."""

from __future__ import annotations

import os
import random

VARIABLE = "SQUID_MESH_TEST_SEED"


def choose_seed() -> int:
    """Return the seed in ``SQUID_MESH_TEST_SEED``, or a new one, and print it."""
    named = os.environ.get(VARIABLE)
    seed = int(named) if named else random.randrange(10**6)
    print(f"Repeat this test's random choices with {VARIABLE}={seed}")  # noqa: T201 - for the report of a failure
    return seed
