"""The onboarding workflow: parallel steps, a choice, a wait, and a route for an error."""

from __future__ import annotations

from pydantic import BaseModel

from onboarding import rules, steps
from squid_mesh import Retry, Workflow, fixed, log, manual, step, wait


class OnboardCustomer(Workflow):
    """Open an account for a new customer and send the welcome pack.

    The registry and the credit bureau are asked in parallel. If both approve, the customer gets a full
    account; if the registry is unsure, a trial account. Premium customers get an editor. If the welcome pack
    can't be sent, support gets a note, and the run completes.
    """

    class Payload(BaseModel):
        customer_id: int

    by_hand = manual()

    load_customer = step(steps.load_customer, output="customer")
    note = log("Onboarding {customer.name}, {customer.plan} plan, {customer.country}")
    check_identity = step(steps.check_identity, output="identity")
    check_credit = step(
        steps.check_credit,
        output="credit",
        timeout=1,
        retry=Retry(max_attempts=3, backoff=fixed(seconds=0.5)),
    )
    open_account = step(steps.open_account, after=[check_identity, check_credit])
    open_trial_account = step(steps.open_trial_account)
    assign_editor = step(steps.assign_editor, when=rules.is_premium)
    delay = wait(seconds=1)
    send_welcome_pack = step(steps.send_welcome_pack, output="parcel")
    notify_support = step(steps.notify_support)

    flow = [
        load_customer >> note >> [check_identity, check_credit],
        check_identity.on("tentative") >> open_trial_account,
        [open_account, open_trial_account] >> assign_editor,
        assign_editor >> delay >> send_welcome_pack,
        send_welcome_pack.on_error() >> notify_support,
    ]
