"""Workflows in which people decide, and their users."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from django.contrib.auth.models import Group, Permission, User
from pydantic import BaseModel, Field

from squid_mesh import Retry, StepContext, Workflow, approval, complete, escalate, fail, fixed, pause, step
from tests.host import steps


class Terms(BaseModel):
    """The form."""

    discount: int = Field(ge=0, le=50)
    note: str = ""


class Tariff(BaseModel):
    """A form with choices."""

    tariff: Literal["a", "b"]


class Gateway(BaseModel):
    """The output of a check."""

    reference: str
    amount: int


def check(order_id: int) -> Gateway:
    steps.CALLS.append("check")
    return Gateway(reference=f"g{order_id}", amount=1)


def reviewer(ctx: StepContext) -> Any:
    return steps.PLAN.get("reviewer", "ada")


class Holds(Workflow):
    before = step(steps.act)
    ready = pause("Is the warehouse ready?")
    after = step(steps.act)
    flow = before >> ready >> after


class Guards(Workflow):
    """A pause for some, beside a branch of its own."""

    start = step(steps.act)
    gate = pause(permission="host.change_order", groups=["Warehouse"])
    after = step(steps.silent)
    aside = step(steps.act)
    flow = start >> [gate >> after, aside]


class Reviews(Workflow):
    class Payload(BaseModel):
        order_id: int = 1

    load = step(steps.act)
    review = approval("Fine?", output="review", form=Terms, exits=["later"])
    charge = step(steps.act)
    inform = step(steps.act)
    flow = [
        load >> review >> charge,
        review.on("rejected") >> inform,
        review.on("later") >> complete,
        review.on("changes").rewind(load, max_visits=3),
    ]


class Tariffs(Workflow):
    review = approval(form=Tariff)
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail]


class FourEyes(Workflow):
    review = approval(quorum=2, rejections=2, not_by_starter=True, exits=["later"])
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail, review.on("later") >> complete]


class Assigned(Workflow):
    review = approval(assignee=reviewer, groups=["Finance", "Legal"], permission="host.change_order")
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail]


class Sole(Workflow):
    """One person decides, who may be the one that must not."""

    review = approval(assignee=reviewer, not_by_starter=True)
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail]


class Expires(Workflow):
    review = approval(deadline=timedelta(hours=1))
    after = step(steps.act)
    late = step(steps.act)
    flow = [review >> after, review.on("rejected") >> fail, review.on("timeout") >> late]


class Escalates(Workflow):
    review = approval(
        groups=["Finance"],
        deadline=timedelta(hours=1),
        on_timeout=escalate(groups=["Board"], deadline=timedelta(hours=1), on_timeout="rejected"),
    )
    after = step(steps.act)
    flow = [review >> after, review.on("rejected") >> complete]


class TwoReviews(Workflow):
    left = approval()
    right = approval()
    after = step(steps.act, after=[left, right])
    flow = [left.on("rejected") >> fail, right.on("rejected") >> fail]


class Loops(Workflow):
    """A step that may go back to an earlier one, past parallel branches."""

    load = step(steps.act)
    left = step(steps.act)
    right = step(steps.act, output="right")
    check = step(steps.act, after=[left, right])
    end = step(steps.act)
    flow = [load >> [left, right], check >> end, check.on("again").rewind(load, max_visits=3)]


class LoopsOneSide(Workflow):
    load = step(steps.act)
    left = step(steps.act)
    look = step(steps.act)
    right = step(steps.act, output="right")
    end = step(steps.act, after=[look, right])
    flow = [load >> [left, right], left >> look, look.on("again").rewind(left, max_visits=3)]


class Overtakes(Workflow):
    """A join of the first way that goes back while the slower way is still executing."""

    load = step(steps.act)
    quick = step(steps.act)
    slow = step(steps.act)
    end = step(steps.act, after=[quick, slow])
    flow = [load >> [quick, slow], quick.on("again").rewind(load, max_visits=3)]


class Ships(Workflow):
    load = step(steps.act)
    ship = step(steps.act, irreversible=True)
    check = step(steps.act)
    flow = [
        load >> ship >> check,
        load.on("digital") >> check,
        check.on("again").rewind(load),
    ]


class Checks(Workflow):
    """Steps to resolve: a declared type, labels, a retry."""

    class Payload(BaseModel):
        order_id: int = 1

    check = step(check, output="gateway", on_crash="pause")
    flaky = step(steps.act, retry=Retry(3, fixed(3600)))
    odd = step(steps.act)
    end = step(steps.act)
    flow = [check >> flaky >> end, flaky.on("odd") >> odd]


def person(name: str, *permissions: str, groups: tuple[str, ...] = (), **options: Any) -> User:
    """Create a user with those permissions (``app.codename``) and groups."""
    user = User.objects.create_user(name, **options)
    for permission in permissions:
        label, _, codename = permission.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=label, codename=codename))
    for group in groups:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    return user
