"""The steps of onboarding. They are plain functions that a unit test can call."""

from __future__ import annotations

from django.utils import timezone
from pydantic import BaseModel

from onboarding import partners
from onboarding.models import Customer
from squid_mesh import Defer, Outcome, StepContext, StepFailed


class Profile(BaseModel):
    """The customer's data that the steps need."""

    id: int
    name: str
    country: str
    plan: str


class Identity(BaseModel):
    """The result of the company registry."""

    registered: bool


class Credit(BaseModel):
    """The result of the credit bureau."""

    limit: int


class Parcel(BaseModel):
    """A welcome pack that was sent."""

    tracking_number: str


def load_customer(customer_id: int) -> Profile:
    """Read the customer once, so that later changes don't affect the run."""
    try:
        customer = Customer.objects.get(pk=customer_id)
    except Customer.DoesNotExist:
        raise StepFailed("The customer doesn't exist.", customer_id=customer_id) from None
    return Profile(id=customer.pk, name=customer.name, country=customer.country, plan=customer.plan)


def check_identity(customer: Profile) -> Identity | Outcome:
    """Ask the registry, and defer until it has a result. If it is unsure, the outcome is ``tentative``."""
    row = Customer.objects.get(pk=customer.id)
    now = timezone.now()
    if row.registry_asked_at is None:
        row.registry_asked_at = now
        row.save(update_fields=["registry_asked_at"])
    result = partners.check_registry(customer.country, row.registry_asked_at, now)
    if result is None:
        raise Defer("The registry is still searching.", seconds=1.5)
    if result == "unsure":
        return Outcome("tentative", Identity(registered=False))
    return Identity(registered=True)


async def check_credit(customer: Profile, ctx: StepContext) -> Credit:
    """Ask the credit bureau. If it doesn't respond, the step's timeout ends the attempt."""
    limit = await partners.find_credit_limit(customer.plan, customer.country, call=ctx.attempt)
    return Credit(limit=limit)


def open_account(customer: Profile, credit: Credit) -> None:
    """Open a full account, billed up to the credit limit."""
    _update(customer, account=Customer.Account.FULL)


def open_trial_account(customer: Profile) -> None:
    """Open a trial account until the registry is sure."""
    _update(customer, account=Customer.Account.TRIAL)


def assign_editor(customer: Profile) -> None:
    """Assign a personal editor."""
    _update(customer, editor="Maren Oduya")


def send_welcome_pack(customer: Profile, ctx: StepContext) -> Parcel:
    """Send a mug, a map and Saturday's paper by courier."""
    try:
        number = partners.ship_welcome_pack(customer.country, reference=ctx.idempotency_key)
    except partners.NoDelivery as error:
        raise StepFailed(str(error), country=customer.country) from error
    return Parcel(tracking_number=number)


def notify_support(customer: Profile) -> None:
    """Leave a note for support, which then calls the customer."""
    _update(customer, note_to_support=f"No welcome pack for {customer.name}: please call.")


def _update(customer: Profile, **values: str) -> None:
    Customer.objects.filter(pk=customer.id).update(**values)
