"""The runs of the demonstration: one digest, three customers."""

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
    """A run under a name that fits a column, and what to expect of it."""

    label: str
    id: UUID
    story: str


def start_digest(localhost: Localhost, edition: str) -> DemoRun:
    """Post a digest of the local feed.

    ``edition`` makes it another feed each time: a database that has seen demonstrations before has not seen
    this one. It is in the idempotency key too, so to ask twice for one edition starts one run.
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
    return DemoRun("digest", run.id, "a feed of 44 entries; the webhook fails twice first")


def start_onboarding() -> list[DemoRun]:
    """Onboard three customers whose ways part."""
    return [
        _onboard("Ashdown", "GB", Customer.Plan.PREMIUM, "all is well; the registry takes its time"),
        _onboard("Bergur", "IS", Customer.Plan.STANDARD, "the registry is unsure: a trial account"),
        _onboard("Corvid", "FK", Customer.Plan.PREMIUM, "the credit bureau hangs, the courier refuses"),
    ]


def _onboard(name: str, country: str, plan: Customer.Plan, story: str) -> DemoRun:
    customer = Customer.objects.create(name=name, country=country, plan=plan)
    run = api.start_run(
        OnboardCustomer,
        {"customer_id": customer.pk},
        trigger="by_hand",
        idempotency_key=f"onboard-{customer.pk}",
        subject=customer,
        tags=["demo", f"plan:{plan.value}", f"country:{country.lower()}"],
    )
    return DemoRun(name, run.id, story)
