"""A step whose code is missing here is left to another cluster that may have it, at no cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction
from django.test import override_settings

from squid_mesh import Workflow, api, conf, step
from squid_mesh.definitions.code_paths import load_code
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.broker import Broker
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.engine.claim import claim_next, give_back
from squid_mesh.engine.worker import missing_code
from squid_mesh.models import Attempt, Cluster, Run, StepRun
from squid_mesh.store import missing
from squid_mesh.store.backend import backend_of
from squid_mesh.store.clock import database_time, now_plus
from squid_mesh.store.clusters import add_cluster, show_missing
from squid_mesh.store.runs import lock_run
from squid_mesh.store.steps import end_waits_for_code, lock_steps
from squid_mesh.store.values import MissingCode
from tests.host import people, steps, workflows
from tests.host.concurrency import run_concurrently
from tests.host.runs import claim, driven, events, fast_forward, row, run_until_idle, seen, settled, statuses

pytestmark = pytest.mark.django_db(transaction=True)


class Mixed(Workflow):
    """Its second step is the one whose code goes."""

    first = step(steps.act)
    second = step(steps.act_async)
    third = step(steps.act)
    flow = first >> second >> third


class Forked(Workflow):
    """Both branches are ready at once; the code of one goes."""

    first = step(steps.act)
    gone = step(steps.act_async)
    here = step(steps.act)
    flow = first >> [gone, here]


@pytest.fixture
def without_code() -> Iterator[Callable[[], None]]:
    """Let ``act_async`` be missing here; calling it brings the code back."""
    load_code.cache_clear()
    patched = pytest.MonkeyPatch()
    patched.delattr(steps, "act_async")

    def restore() -> None:
        patched.undo()
        load_code.cache_clear()

    yield restore
    restore()


def start_other(name: str = "other") -> int:
    """Add the row of another cluster that is alive."""
    return add_cluster(name=name, host="h", pid=1, workers=1, version="", supervised=True, using="default")


def code_of(workflow: type[Workflow], step: str) -> MissingCode:
    path = "tests.host.steps:act_async"
    return MissingCode(definition=workflow.blueprint.fingerprint, step=step, path=path)


def assert_given_back(run_id: UUID, step: str, *, attempts: int = 0) -> None:
    found = row(run_id, step)
    assert (found.status, found.waiting_for, found.claim_token) == ("ready", "", None)
    assert (found.attempt_number, found.crashes, found.failures) == (attempts, 0, 0)
    assert not Attempt.objects.filter(step=found).exists()
    assert "code_missing" not in events(run_id)


@pytest.mark.usefixtures("without_code")
def test_a_step_that_another_cluster_may_run_is_given_back_and_not_claimed_again(calls: list[str]) -> None:
    start_other()
    run_id = api.start_run(workflows.Async).id
    later = api.start_run(workflows.Single).id
    run_until_idle()
    assert_given_back(run_id, "only")
    assert seen(later).status == "completed"
    started = row(run_id, "only").started_at
    run_until_idle()
    assert row(run_id, "only").started_at == started
    assert missing.list_left().steps == ((workflows.Async.blueprint.fingerprint, "only"),)
    assert calls == ["only"]


@pytest.mark.usefixtures("without_code")
def test_the_broker_makes_no_delivery_for_it_until_it_is_to_be_checked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "_pulse", None)
    start_other()
    broker = Broker("tests")
    assert broker.ping()
    api.start_run(workflows.Async)
    assert len(broker._deliveries()) == 1
    delivery.deliver()
    assert broker._deliveries() == []
    overdue(code_of(workflows.Async, "only"))
    assert len(broker._deliveries()) == 1
    delivery.deliver()
    assert broker._deliveries() == []


def overdue(what: MissingCode) -> None:
    """Let the time come at which it is checked again."""
    now = time.monotonic()
    known = missing.find_known(what)
    assert known is not None
    missing.remember(what, until=now, left=known.left, now=now)


def lacks_the_step(other: int) -> None:
    show_missing(other, [code_of(workflows.Async, "only")], "default")


def lacks_the_path(other: int) -> None:
    path = "tests.host.steps:act_async"
    show_missing(other, [MissingCode(definition="0" * 64, step="else", path=path)], "default")


def cannot_read_the_definition(other: int) -> None:
    fingerprint = workflows.Async.blueprint.fingerprint
    show_missing(other, [MissingCode(definition=fingerprint)], "default")


def is_dead(other: int) -> None:
    Cluster.objects.filter(pk=other).update(seen_at=now_plus(-31))


def starts_nothing(other: int) -> None:
    Cluster.objects.filter(pk=other).update(unstarted_since=database_time("default"))


def has_stopped(other: int) -> None:
    Cluster.objects.filter(pk=other).delete()


@pytest.mark.usefixtures("without_code")
@pytest.mark.parametrize(
    "incapable",
    [lacks_the_step, lacks_the_path, cannot_read_the_definition, is_dead, starts_nothing, has_stopped],
)
def test_it_is_shown_as_missing_code_if_no_other_cluster_can_run_it(
    incapable: Callable[[int], None],
) -> None:
    incapable(start_other())
    run_id = driven(workflows.Async)
    found = row(run_id, "only")
    assert (found.status, found.waiting_for, found.attempt_number) == ("paused", "code", 0)
    assert events(run_id) == ["run_started", "code_missing"]
    assert not missing.list_left()


@pytest.mark.usefixtures("without_code")
def test_one_capable_cluster_among_others_is_enough() -> None:
    lacks_the_step(start_other())
    start_other()
    run_id = driven(workflows.Async)
    assert_given_back(run_id, "only")


@pytest.mark.usefixtures("without_code")
def test_of_two_clusters_without_the_code_the_second_shows_it_as_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = api.start_run(workflows.Async).id
    for number in range(2):
        missing.share()
        missing.show_cluster(start_other(f"cluster {number}"))
        if number == 0:
            start_other("the second, which has found nothing yet")
        run_until_idle()
        if number == 0:
            assert_given_back(run_id, "only")
            Cluster.objects.filter(name__startswith="the second").delete()
    assert row(run_id, "only").status == "paused"
    shown = Cluster.objects.order_by("pk").values_list("missing", flat=True)
    assert list(shown) == [[f"{workflows.Async.blueprint.fingerprint} only tests.host.steps:act_async"]] * 2


@pytest.mark.usefixtures("without_code")
def test_a_step_that_waited_waits_as_before(plan: dict[str, Any]) -> None:
    run_id = driven(workflows.Async)
    assert row(run_id, "only").waiting_for == "code"
    start_other()
    fast_forward(run_id)
    run_until_idle()
    found = row(run_id, "only")
    assert (found.status, found.waiting_for, found.attempt_number) == ("paused", "code", 0)
    assert found.due_at is not None
    assert found.due_at <= database_time("default")
    assert seen(run_id).status == "paused"
    assert events(run_id) == ["run_started", "code_missing"]


@pytest.mark.parametrize("waiting_for", ["", "retry", "timer", "defer", "code", "unreadable_row", "approval"])
def test_a_claim_is_given_back_with_the_status_that_it_had(waiting_for: str) -> None:
    before = {"": "ready", "retry": "waiting", "timer": "waiting", "defer": "waiting"}
    run_id = api.start_run(workflows.Single).id
    status = before.get(waiting_for, "paused")
    StepRun.objects.filter(run_id=run_id).update(status=status, waiting_for=waiting_for)
    held, _ = claim(run_id)
    give_back(held, conf.current())
    assert (row(run_id, "only").status, row(run_id, "only").waiting_for) == (status, waiting_for)


@pytest.mark.usefixtures("without_code")
@pytest.mark.parametrize("known", [False, True])
def test_the_next_step_of_a_chain_is_left_too(known: bool, calls: list[str]) -> None:
    start_other()
    if known:
        driven(Mixed)
        calls.clear()
    run_id = driven(Mixed)
    assert calls == ["first"]
    assert statuses(run_id) == {"first": "completed", "second": "ready", "third": "pending"}
    assert_given_back(run_id, "second")
    if known:
        assert row(run_id, "second").started_at is None  # it wasn't even claimed


@pytest.mark.usefixtures("without_code")
@pytest.mark.parametrize("known", [False, True])
def test_a_worker_goes_on_with_the_branch_that_it_can_run(known: bool, calls: list[str]) -> None:
    start_other()
    if known:
        driven(Forked)
        calls.clear()
    run_id = driven(Forked)
    assert calls == ["first", "here"]
    assert statuses(run_id) == {"first": "completed", "gone": "ready", "here": "completed"}
    assert_given_back(run_id, "gone")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL notifies")
@pytest.mark.parametrize("left", [True, False])
def test_a_settle_notifies_other_clusters_of_a_next_step_that_it_leaves_to_them(left: bool) -> None:
    if left:
        now = time.monotonic()
        missing.remember(code_of(Mixed, "second"), until=now + 60, left=True, now=now)
    held = claim(api.start_run(Mixed).id)
    listener: Any = backend_of("default").open_listener()
    assert listener.wait(0) is True
    try:
        next_claim = settled(held, go_on=True)
        assert (next_claim is None) is left
        assert listener.wait(10 if left else 0.5) is left
    finally:
        listener._connection.close()


def test_code_that_comes_back_is_found_when_it_is_checked_again(
    without_code: Callable[[], None], calls: list[str]
) -> None:
    start_other()
    run_id = driven(workflows.Async)
    without_code()
    run_until_idle()
    assert_given_back(run_id, "only")
    overdue(code_of(workflows.Async, "only"))
    run_until_idle()
    assert calls == ["only"]
    assert seen(run_id).status == "completed"
    assert list(missing.list_known()) == []


@pytest.mark.usefixtures("without_code")
def test_checking_again_claims_nothing_while_the_code_is_missing() -> None:
    start_other()
    run_id = driven(workflows.Async)
    started = row(run_id, "only").started_at
    overdue(code_of(workflows.Async, "only"))
    with override_settings(SQUID_MESH={"CODE_RECHECK_SECONDS": 50}):
        run_until_idle()
    assert row(run_id, "only").started_at == started
    (known,) = missing.list_known()
    assert known.left
    assert 45 < known.until - time.monotonic() <= 50


@pytest.mark.usefixtures("without_code")
def test_checking_again_survives_code_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(path: str) -> None:
        raise SystemExit(1)

    start_other()
    run_id = driven(workflows.Async)
    overdue(code_of(workflows.Async, "only"))
    monkeypatch.setattr(missing_code, "can_load", leave)
    run_until_idle()
    assert_given_back(run_id, "only")


@pytest.mark.usefixtures("without_code")
def test_when_the_other_cluster_goes_its_steps_are_shown_as_missing_code() -> None:
    missing.share()
    heartbeat = ClusterHeartbeat(4711)
    heartbeat.beat()
    other = start_other()
    run_ids = [driven(workflows.Async) for _ in range(3)]
    for run_id in run_ids:
        assert_given_back(run_id, "only")
    heartbeat._next = 0.0
    heartbeat.beat()
    assert missing.list_left()
    has_stopped(other)
    heartbeat._next = 0.0
    heartbeat.beat()
    assert not missing.list_left()
    run_until_idle()
    assert {row(run_id, "only").status for run_id in run_ids} == {"paused"}


@pytest.mark.usefixtures("without_code")
def test_a_step_for_which_the_memory_has_no_place_is_shown_as_missing_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_other()
    monkeypatch.setattr(missing, "MOST", 0)
    assert row(driven(workflows.Async), "only").status == "paused"


@pytest.mark.usefixtures("without_code")
def test_a_run_that_is_being_cancelled_ends_when_its_step_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start_other()
    run_id = api.start_run(workflows.Async).id
    give = missing_code.give_back

    def cancel_first(*args: Any) -> None:
        api.cancel_run(run_id)
        give(*args)

    monkeypatch.setattr(missing_code, "give_back", cancel_first)
    run_until_idle()
    found = row(run_id, "only")
    assert (found.status, found.due_at, found.attempt_number) == ("cancelled", None, 0)
    assert found.finished_at is not None
    assert seen(run_id).status == "cancelled"


@pytest.mark.usefixtures("without_code")
def test_a_step_whose_connection_is_lost_meanwhile_is_given_back_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(*args: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    start_other()
    run_id = api.start_run(workflows.Async).id
    monkeypatch.setattr(missing_code, "is_connection_error", lambda error: True)
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(missing_code, "give_back", lose)
        with pytest.raises(OperationalError):
            run_until_idle()
    assert row(run_id, "only").status == "running"
    assert claim_next("w", conf.current()) is None
    assert_given_back(run_id, "only")


@pytest.mark.usefixtures("without_code")
def test_a_cluster_that_starts_makes_the_steps_due_that_wait_for_code() -> None:
    run_id, asks = driven(workflows.Async), driven(people.Reviews)
    due = row(run_id, "only").due_at
    StepRun.objects.filter(run_id=asks, status="paused").update(due_at=now_plus(600))  # its deadline
    deadlines = list(StepRun.objects.filter(run_id=asks).values_list("due_at", flat=True))
    heartbeat = ClusterHeartbeat(4711)
    heartbeat.beat()
    found = row(run_id, "only")
    assert (found.status, found.waiting_for) == ("paused", "code")
    assert found.due_at is not None
    assert due is not None
    assert found.due_at <= database_time("default") < due
    assert list(StepRun.objects.filter(run_id=asks).values_list("due_at", flat=True)) == deadlines
    Run.objects.update(status="paused")
    StepRun.objects.filter(run_id=run_id).update(due_at=due)
    heartbeat._next = 0.0
    heartbeat.beat()  # it has started already
    assert row(run_id, "only").due_at == due


@pytest.mark.usefixtures("without_code")
@pytest.mark.skipif(not connection.features.has_select_for_update, reason="needs row locks")
def test_a_cluster_that_starts_waits_for_no_lock() -> None:
    held, free = driven(workflows.Async), driven(workflows.Async)
    with transaction.atomic():
        lock_run(held, "default")
        assert lock_steps(held, "default")
        assert run_concurrently(lambda: end_waits_for_code("default")) == [1]
    now = database_time("default")
    assert [row(run_id, "only").due_at <= now for run_id in (held, free)] == [False, True]


@pytest.mark.usefixtures("without_code")
def test_a_heartbeat_shows_what_the_cluster_cannot_run() -> None:
    missing.share()
    heartbeat = ClusterHeartbeat(4711)
    heartbeat.beat()
    assert api.list_clusters()[0].missing == ()
    now = time.monotonic()
    for what, until in ((code_of(Mixed, "second"), now + 60), (code_of(Mixed, "first"), now)):
        missing.remember(what, until=until, left=False, now=now)
    missing.remember(MissingCode(definition="0" * 64), until=now + 60, left=True, now=now)
    heartbeat._next = 0.0
    heartbeat.beat()
    (cluster,) = api.list_clusters()
    assert set(cluster.missing) == {code_of(Mixed, "second"), MissingCode(definition="0" * 64)}


def test_a_damaged_list_of_missing_code_says_nothing() -> None:
    other = start_other()
    Cluster.objects.filter(pk=other).update(missing={"no": "list"})
    assert api.list_clusters()[0].missing == ()
