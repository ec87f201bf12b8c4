"""Recipes about permissions, transactions and old runs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction

from squid_mesh import api
from squid_mesh.exceptions import NotPermitted, RunNotFound
from squid_mesh.models import Run
from squid_mesh.testing import drain
from tests.host.models import Order
from tests.recipes.run_steps_in_parallel import Offer
from tests.recipes.start_with_your_rows import place_order


@pytest.mark.django_db(transaction=True)
def test_a_run_exists_if_and_only_if_its_order_does(grace: User) -> None:
    with transaction.atomic():
        place_order("lost", grace)
        transaction.set_rollback(True)
    assert not Order.objects.exists()
    assert not Run.objects.exists()

    order = place_order("two lamps", grace)
    drain()
    (run,) = api.list_runs(subject=order).runs
    assert run.status == "completed"
    assert api.inspect_run(run.id).state["packed"] == "two lamps"


def allow(name: str, *codenames: str) -> Group:
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.add(
        *Permission.objects.filter(content_type__app_label="squid_mesh", codename__in=codenames)
    )
    return group


@pytest.mark.django_db
def test_a_group_may_do_what_its_permissions_say(grace: User) -> None:
    run = api.start_run(Offer, {"article": "a7"})
    with pytest.raises(NotPermitted) as refused:
        api.cancel_run(run.id, actor=grace, reason="Not needed.")
    assert refused.value.details["permission"] == "squid_mesh.cancel_run"

    grace.groups.add(allow("Support", "view_run", "cancel_run", "retry_step", "comment_run"))
    grace = User.objects.get(pk=grace.pk)  # Django caches a user's permissions
    assert api.cancel_run(run.id, actor=grace, reason="Not needed.").status == "cancelled"


@pytest.mark.django_db(transaction=True)
def test_old_runs_are_counted_and_removed() -> None:
    run = api.start_run(Offer, {"article": "a7"})
    drain()
    assert api.count_prunable(older_than=timedelta(days=90)) == ()
    (prunable,) = api.count_prunable(older_than=timedelta(0))
    assert (prunable.workflow, prunable.status, prunable.runs) == (run.workflow, "completed", 1)
    assert api.prune_runs(older_than=timedelta(0), actor="tests").runs == 1
    with pytest.raises(RunNotFound):
        api.inspect_run(run.id)
