"""The kit works in each kind of test of a Django project; pytest runs all of them in two processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from squid_mesh import api
from squid_mesh.testing import (
    Fault,
    aadvance,
    aassert_steps,
    acheck_workflows,
    adecide,
    adrain,
    advance,
    ahistory,
    arun_workflow,
    assert_steps,
    check_workflows,
    decide,
    drain,
    fail_at,
    fake,
    history,
    run_workflow,
    virtual_time,
)
from tests.host import people, workflows


def use_everything() -> None:
    """Use each function of the kit once."""
    with fake(workflows.Retries.flaky, raises=ConnectionError) as flaky:
        assert run_workflow(workflows.Retries).status == "failed"
    assert len(flaky.calls) == 4
    with fail_at(Fault.CRASH_AFTER_EFFECT, workflows.Single.only):
        run = run_workflow(workflows.Single)
    assert "attempt 1: interrupted" in history(run)
    run = api.start_run(people.Reviews)
    drain()
    decide(run, data={"discount": 1}, by=User.objects.create_superuser("ada"))
    assert_steps(run, ["load", "review", "charge"])
    run = api.start_run(workflows.Sleeps, start_at=timezone.now() + timedelta(days=3))
    assert advance(days=3, hours=2, cron=[workflows.Twice])[run.id].status == "completed"
    check_workflows()
    assert timezone.now() - datetime.now(UTC) > timedelta(days=3)


async def use_everything_async() -> None:
    """Use each function of the kit once, in coroutines."""
    with fake(workflows.Retries.flaky, raises=ConnectionError):
        assert (await arun_workflow(workflows.Retries)).status == "failed"
    with fail_at(Fault.LOST_LEASE, workflows.Single.only):
        run = await arun_workflow(workflows.Single)
    assert "attempt 1: interrupted" in await ahistory(run)
    reviewed = await api.astart_run(people.Reviews)
    await adrain()
    ada = await sync_to_async(User.objects.create_superuser)("ada")
    await adecide(reviewed, data={"discount": 1}, by=ada)
    await aassert_steps(reviewed, ["load", "review", "charge"])
    slept = await api.astart_run(workflows.Sleeps)
    assert (await aadvance(days=3, cron=()))[slept.id].status == "completed"
    await acheck_workflows()


class InTestCase(TestCase):
    def setUp(self) -> None:
        self.enterContext(virtual_time())

    def test_everything(self) -> None:
        use_everything()

    async def test_everything_async(self) -> None:
        await use_everything_async()


class InTransactionTestCase(TransactionTestCase):
    def setUp(self) -> None:
        self.enterContext(virtual_time())

    def test_everything(self) -> None:
        use_everything()

    async def test_everything_async(self) -> None:
        await use_everything_async()


def test_everything_with_the_fixture_db(db: None) -> None:
    use_everything()


def test_everything_with_the_fixture_transactional_db(transactional_db: None) -> None:
    use_everything()


def test_everything_in_a_loop_of_its_own(transactional_db: None) -> None:
    async def execute() -> None:
        try:
            await use_everything_async()
        finally:
            await sync_to_async(close_connections)()

    asyncio.run(execute())


def close_connections() -> None:
    from django.db import connections

    connections.close_all()


def test_the_time_is_put_back_between_tests(db: None) -> None:
    assert abs(timezone.now() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("again", [1, 2])
def test_the_fixture_fake_lasts_for_one_test(db: None, fake, calls, again: int) -> None:
    charge = fake(workflows.Pays.charge, returns={"charged": 1})
    fake(workflows.Pays.ship)
    run_workflow(workflows.Pays, {"order_id": again})
    assert (len(charge.calls), calls) == (1, [])


def test_the_fixture_fake_has_ended(db: None, calls) -> None:
    run_workflow(workflows.Pays, {"order_id": 1})
    assert calls == ["charge", "ship"]


def test_the_fixture_fail_at_makes_a_fault(db: None, fail_at) -> None:
    fail_at("lost_lease", workflows.Single.only)
    assert len(run_workflow(workflows.Single).step("only").attempts) == 2
