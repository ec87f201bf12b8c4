"""The steps of onboarding: plain functions, each of which a unit test can call."""

from __future__ import annotations

from django.utils import timezone
from pydantic import BaseModel

from onboarding import partners
from onboarding.models import Customer
from squid_mesh import Defer, Outcome, StepContext, StepFailed


class Profile(BaseModel):
    """What the steps need to know of a customer."""

    id: int
    name: str
    country: str
    plan: str


class Identity(BaseModel):
    """What the company registry says."""

    registered: bool


class Credit(BaseModel):
    """What the credit bureau says."""

    limit: int


class Parcel(BaseModel):
    """A welcome pack on its way."""

    tracking_number: str


def load_customer(customer_id: int) -> Profile:
    """Read the customer, once, so that the run goes by what was signed."""
    try:
        customer = Customer.objects.get(pk=customer_id)
    except Customer.DoesNotExist:
        raise StepFailed("There is no such customer.", customer_id=customer_id) from None
    return Profile(id=customer.pk, name=customer.name, country=customer.country, plan=customer.plan)


def check_identity(customer: Profile) -> Identity | Outcome:
    """Ask the registry, then look again until it has answered. It may be unsure: a ``tentative`` answer."""
    row = Customer.objects.get(pk=customer.id)
    now = timezone.now()
    if row.registry_asked_at is None:
        row.registry_asked_at = now
        row.save(update_fields=["registry_asked_at"])
    answer = partners.registry_answer(customer.country, row.registry_asked_at, now)
    if answer is None:
        raise Defer("The registry is still looking.", seconds=1.5)
    if answer == "unsure":
        return Outcome("tentative", Identity(registered=False))
    return Identity(registered=True)


async def check_credit(customer: Profile, ctx: StepContext) -> Credit:
    """Ask the credit bureau. Its line hangs at times; the step's timeout sees to that."""
    limit = await partners.credit_limit(customer.plan, customer.country, call=ctx.attempt)
    return Credit(limit=limit)


def open_account(customer: Profile, credit: Credit) -> None:
    """Everything the customer pays for, billed up to its credit limit."""
    _update(customer, account=Customer.Account.FULL)


def open_trial_account(customer: Profile) -> None:
    """The headlines only, until the registry is sure."""
    _update(customer, account=Customer.Account.TRIAL)


def assign_editor(customer: Profile) -> None:
    """Premium customers know their editor by name."""
    _update(customer, editor="Maren Oduya")


def send_welcome_pack(customer: Profile, ctx: StepContext) -> Parcel:
    """A mug, a map and Saturday's paper, by courier."""
    try:
        number = partners.ship_welcome_pack(customer.country, reference=ctx.idempotency_key)
    except partners.OutOfReach as error:
        raise StepFailed(str(error), country=customer.country) from error
    return Parcel(tracking_number=number)


def tell_support(customer: Profile) -> None:
    """Leave a note: somebody will find another way to say welcome."""
    _update(customer, note_to_support=f"No welcome pack for {customer.name}: please call.")


def _update(customer: Profile, **values: str) -> None:
    Customer.objects.filter(pk=customer.id).update(**values)
