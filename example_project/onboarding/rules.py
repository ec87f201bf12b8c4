"""The guards of the workflow."""

from __future__ import annotations

from onboarding.steps import Profile


def is_premium(customer: Profile) -> bool:
    """Whether the customer pays for a personal editor."""
    return customer.plan == "premium"
