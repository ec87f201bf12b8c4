"""A step's code forks: the child settles nothing, and takes nothing of its parent with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections, transaction

from squid_mesh.models import Attempt
from tests.host import workflows
from tests.host.models import Order
from tests.host.runs import driven, events, seen

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning"),
]
Plan = dict[str, Any]
Ends = Callable[[], Any]


def fork(in_child: Ends) -> dict[str, int]:
    """Fork, wait for the child, and return its exit code. The child does ``in_child``, and returns."""
    pid = os.fork()
    if pid == 0:
        return {"child": in_child()}
    return {"code": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def leave_with(code: Any) -> Ends:
    return lambda: sys.exit(code)


def fail() -> None:
    raise ValueError("secret")


def interrupt() -> None:
    raise KeyboardInterrupt


WAYS = [
    pytest.param(lambda: 1, 0, id="returns"),
    pytest.param(leave_with(None), 0, id="exits"),
    pytest.param(leave_with(3), 3, id="exits with a code"),
    pytest.param(leave_with("a message"), 1, id="exits with a message"),
    pytest.param(fail, 1, id="raises"),
    pytest.param(interrupt, 1, id="is interrupted"),
]
each_way = pytest.mark.parametrize(("in_child", "code"), WAYS)


def assert_settled_once(run_id: Any, output: Any, name: str = "only") -> None:
    run = seen(run_id)
    assert run.status == "completed"
    assert run.step(name).output == output
    assert list(Attempt.objects.values_list("number", "outcome")) == [(1, "completed")]
    assert events(run_id).count("run_completed") == 1


@each_way
def test_a_forked_child_settles_nothing(
    plan: Plan, in_child: Ends, code: int, capfd: pytest.CaptureFixture[str]
) -> None:
    plan["only"] = lambda ctx: fork(in_child)
    assert_settled_once(driven(workflows.Single), {"code": code})
    printed = capfd.readouterr()
    assert "secret" not in printed.out + printed.err


@each_way
def test_a_child_that_leaves_a_transaction_does_not_end_its_parents(
    plan: Plan, in_child: Ends, code: int
) -> None:
    def write(ctx: Any) -> dict[str, int]:
        with transaction.atomic():
            Order.objects.create(note="the parent's")
            with transaction.atomic():
                return fork(in_child)

    plan["only"] = write
    assert_settled_once(driven(workflows.Single), {"code": code})
    assert list(Order.objects.values_list("note", flat=True)) == ["the parent's"]


@each_way
def test_a_child_of_a_step_with_a_timeout_settles_nothing(plan: Plan, in_child: Ends, code: int) -> None:
    plan["only"] = lambda ctx: fork(in_child)
    assert_settled_once(driven(workflows.Limited), {"code": code})


@each_way
def test_a_child_of_an_async_step_settles_nothing(plan: Plan, in_child: Ends, code: int) -> None:
    async def forks(ctx: Any) -> dict[str, int]:
        return fork(in_child)

    plan["only"] = forks
    assert_settled_once(driven(workflows.LimitedAsync), {"code": code})


def test_a_child_flushes_nothing_of_its_parent(plan: Plan, tmp_path: Any) -> None:
    path = tmp_path / "written"
    with path.open("w") as file:

        def write(ctx: Any) -> dict[str, int]:
            file.write("once")
            return fork(leave_with(0))

        plan["only"] = write
        assert_settled_once(driven(workflows.Single), {"code": 0})
    assert path.read_text() == "once"


def test_a_child_has_a_connection_of_its_own(plan: Plan) -> None:
    def write() -> None:
        Order.objects.create(note="the child's")
        connections.close_all()

    plan["only"] = lambda ctx: fork(write)
    assert_settled_once(driven(workflows.Single), {"code": 0})
    assert list(Order.objects.values_list("note", flat=True)) == ["the child's"]


@pytest.mark.parametrize("workflow", [workflows.Single, workflows.Limited])
def test_multiprocessing_in_a_step_works(plan: Plan, workflow: Any) -> None:
    def compute(ctx: Any) -> dict[str, Any]:
        process = multiprocessing.get_context("fork").Process(target=sys.exit, args=(4,))
        process.start()
        process.join(30)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            return {"code": process.exitcode, "squares": pool.map(abs, [-1, -2])}

    plan["only"] = compute
    assert_settled_once(driven(workflow), {"code": 4, "squares": [1, 2]})
