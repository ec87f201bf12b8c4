"""The rules that decide whether a step is needed."""

from __future__ import annotations

from onboarding.steps import Profile


def is_premium(customer: Profile) -> bool:
    """Whether the customer pays for an editor of its own."""
    return customer.plan == "premium"
