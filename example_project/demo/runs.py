"""The demonstration's runs of the digest and of onboarding."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from digest.localhost import Localhost
from digest.workflows import PostDailyDigest
from onboarding.models import Customer
from onboarding.workflows import OnboardCustomer

from squid_mesh import api


@dataclass(frozen=True, slots=True)
class DemoRun:
    """A run with a short label for the table, and a summary of what happens in it."""

    label: str
    id: UUID
    summary: str


def start_digest(localhost: Localhost, edition: str) -> DemoRun:
    """Start a run that posts a digest of the local feed.

    ``edition`` makes the feed's URL new, so that no item counts as sent before. It is also the idempotency
    key: two calls with the same edition start one run.
    """
    run = api.start_run(
        PostDailyDigest,
        {
            "feed_url": f"{localhost.feed_url}?edition={edition}",
            "discord_webhook_url": localhost.webhook_url,
        },
        trigger="by_hand",
        idempotency_key=f"digest-{edition}",
        tags=["demo"],
    )
    return DemoRun("digest", run.id, "a feed of 44 entries; the webhook fails twice")


def start_onboarding() -> list[DemoRun]:
    """Start the onboarding of three customers that take different routes."""
    return [
        _onboard("Ashdown", "GB", Customer.Plan.PREMIUM, "succeeds; the registry answers late"),
        _onboard("Bergur", "IS", Customer.Plan.STANDARD, "the registry is unsure: a trial account"),
        _onboard("Corvid", "FK", Customer.Plan.PREMIUM, "the credit bureau times out, the courier fails"),
    ]


def _onboard(name: str, country: str, plan: Customer.Plan, summary: str) -> DemoRun:
    customer = Customer.objects.create(name=name, country=country, plan=plan)
    run = api.start_run(
        OnboardCustomer,
        {"customer_id": customer.pk},
        trigger="by_hand",
        idempotency_key=f"onboard-{customer.pk}",
        subject=customer,
        tags=["demo", f"plan:{plan.value}", f"country:{country.lower()}"],
    )
    return DemoRun(name, run.id, summary)
