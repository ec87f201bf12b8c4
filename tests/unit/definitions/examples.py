"""Example workflows, as an author writes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, Field, HttpUrl

from squid_mesh import (
    Outcome,
    Retry,
    StepContext,
    Workflow,
    approval,
    complete,
    cron,
    escalate,
    exponential,
    fail,
    log,
    manual,
    pause,
    step,
    wait,
)


class Feed(BaseModel):
    entries: list[str] = []


class Digest(BaseModel):
    text: str = ""


def today() -> date:
    return date(2026, 11, 22)


def fetch_feed(feed_url: HttpUrl) -> Feed:
    return Feed()


def build_digest(feed: Feed, posted_on: date) -> Digest:
    return Digest()


def post_to_discord(digest: Digest, discord_webhook_url: str, ctx: StepContext) -> None:
    """Post the digest."""


class PostDailyDigest(Workflow):
    """Post the feed's digest to Discord every weekday at nine."""

    class Payload(BaseModel):
        feed_url: HttpUrl = "https://example.com/feed.xml"  # type: ignore[assignment]
        discord_webhook_url: str = "https://example.com/webhook"
        posted_on: date = Field(default_factory=today)

    daily_digest = cron("0 9 * * 1-5", timezone="Etc/UTC")
    by_hand = manual()

    fetch_feed = step(fetch_feed, output="feed")
    build_digest = step(build_digest, output="digest")
    post_to_discord = step(
        post_to_discord,
        retry=Retry(max_attempts=5, backoff=exponential(min=1, max=30)),
        irreversible=True,
    )

    flow = fetch_feed >> build_digest >> post_to_discord


def check_gateway(invoice: dict[str, Any]) -> dict[str, Any]:
    return {}


def charge(invoice: dict[str, Any], review: dict[str, Any]) -> None:
    """Charge with the discount of the review."""


def record_rejection(invoice_id: int) -> None:
    """Record the rejection."""


def notify_support(invoice: dict[str, Any]) -> None:
    """Notify support."""


def load_account(account_id: int) -> dict[str, Any]:
    return {}


def load_invoice(invoice_id: int) -> dict[str, Any]:
    return {}


def check_kyc(account_id: int) -> Outcome | dict[str, Any]:
    return Outcome("tentative", {})


def prepare(account: dict[str, Any], invoice: dict[str, Any]) -> None:
    """Prepare with both inputs."""


def upsell(account: dict[str, Any]) -> None:
    """Offer an upgrade to premium accounts."""


def finish_kyc(kyc: dict[str, Any]) -> None:
    """Check again."""


def is_premium(account: dict[str, Any]) -> bool:
    return bool(account.get("premium"))


class PaymentRecovery(Workflow):
    """Recover a failed payment, with a human decision in the middle."""

    class Payload(BaseModel):
        account_id: int
        invoice_id: int

    class Decision(BaseModel):  # the form the approver fills in
        discount_percent: int = Field(ge=0, le=50)

    payment_recovery = manual()

    load_invoice = step(load_invoice, output="invoice")
    settle = wait(hours=1)
    note = log("Checking the gateway for invoice {invoice_id}")
    check_gateway = step(check_gateway, output="gateway", retry=Retry(5, exponential(1, 30)))
    review = approval(output="review", form=Decision, permission="billing.approve_recovery")
    charge = step(charge, on_crash="pause")
    record_rejection = step(record_rejection)
    notify_support = step(notify_support)

    flow = [
        load_invoice >> settle >> note >> check_gateway >> review >> charge,
        review.on("rejected") >> record_rejection,
        review.on("changes_requested").rewind(load_invoice),
        check_gateway.on_error(recovery="compensation") >> notify_support,
    ]


class Recovery(Workflow):
    """A workflow with dependencies, joins, guards and outcomes."""

    class Payload(BaseModel):
        account_id: int
        invoice_id: int

    load_account = step(load_account, output="account")
    load_invoice = step(load_invoice, output="invoice")
    check_kyc = step(check_kyc, output="kyc")
    prepare = step(prepare, after=[load_account, load_invoice])
    upsell = step(upsell, after=[prepare], when=is_premium)
    finish_kyc = step(finish_kyc)

    flow = check_kyc.on("tentative") >> finish_kyc


def anything() -> None:
    """Do nothing."""


def on_duty() -> str:
    return "ada"


class EveryForm(Workflow):
    """Every notation of a flow, which type checkers must accept."""

    a = step(anything)
    b = step(anything)
    c = step(anything)
    d = step(anything)
    e = wait(hours=1)
    f = log("done")
    g = step(anything, after=a.on("late"))
    h = step(anything, after=[b, a.on("later")], join="any")
    i = pause("Ready?", groups=("Warehouse",))
    j = approval(
        exits=["later"],
        assignee=on_duty,
        deadline=timedelta(days=1),
        on_timeout=escalate(groups=["Board"], deadline=60, on_timeout=escalate(permission="shop.all")),
    )
    k = step(anything)

    flow = [
        a >> [b, c] >> d,
        [d, d.on("x")] >> e,
        (d.on("y"), c.on_error(recovery="undo")) >> f >> complete,
        b.on_error() >> fail,
        e >> complete,
        i >> j.on("approved") >> complete,
        (j.on("rejected"), j.on("later")) >> fail,
        j.on("changes").rewind(i, max_visits=3),
        (j.on_error() >> k).rewind(i),
    ]
