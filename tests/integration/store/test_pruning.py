"""Pruning: which rows are deleted, which stay, and what other transactions see."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections, transaction
from django.db.models import F, Model
from django.test.utils import CaptureQueriesContext

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument, RunNotFound, WorkflowNotFound
from squid_mesh.models import Attempt, AuditEvent, Decision, Definition, Run, StepRun, Trigger
from squid_mesh.store.clock import database_time
from squid_mesh.store.runs import lock_run
from tests.host import people, workflows
from tests.host.invariants import assert_consistent
from tests.host.people import person
from tests.host.runs import driven, run_until_idle, seen

DAYS = timedelta(days=1)
only_servers = pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")


def age(run_id: UUID, days: int = 100) -> UUID:
    """Let the run have finished that many days ago."""
    back = timedelta(days=days)
    columns = ("created_at", "started_at", "finished_at")
    Run.objects.filter(pk=run_id).update(**{name: F(name) - back for name in columns})
    return run_id


def failed(plan: dict[str, Any]) -> UUID:
    plan["only"] = [ValueError("no")]
    return driven(workflows.Single)


def cancelled() -> UUID:
    return api.cancel_run(api.start_run(workflows.Single).id).id


def left() -> set[UUID]:
    return set(Run.objects.values_list("pk", flat=True))


def test_an_old_run_is_deleted_with_all_its_rows() -> None:
    run_id = driven(people.Reviews)
    api.approve_run(run_id, actor=person("ada", "squid_mesh.decide_approval"), data={"discount": 1})
    run_until_idle()
    age(run_id)
    had = [model.objects.count() for model in (Run, StepRun, Attempt, Decision, AuditEvent)]
    removed = api.prune_runs(older_than=30 * DAYS)
    names = ("runs", "steps", "attempts", "decisions", "events")
    assert [getattr(removed, name) for name in names] == had
    assert had == [1, 4, 3, 1, 4]
    assert not any(model.objects.exists() for model in (Run, StepRun, Attempt, Decision, AuditEvent))
    with pytest.raises(RunNotFound):
        api.inspect_run(run_id)


def test_younger_runs_stay_and_age_counts_from_the_end() -> None:
    young = age(driven(workflows.Single), 29)
    long = driven(workflows.Chain)
    Run.objects.filter(pk=long).update(created_at=F("created_at") - 100 * DAYS)
    old = age(driven(workflows.Single), 31)
    assert api.prune_runs(older_than=30 * DAYS).runs == 1
    assert left() == {young, long}
    assert old not in left()


def test_unfinished_runs_stay_whatever_their_age(plan) -> None:
    plan["only"] = [ValueError("no")]
    waiting = driven(people.Holds)
    pending = api.start_run(workflows.Chain).id
    Run.objects.update(created_at=F("created_at") - 999 * DAYS)
    assert api.prune_runs(older_than=DAYS, statuses=["completed", "cancelled", "failed"]).runs == 0
    assert left() == {waiting, pending}


def test_completed_and_cancelled_runs_are_pruned_by_default(plan) -> None:
    kinds = {
        "failed": age(failed(plan)),
        "cancelled": age(cancelled()),
        "completed": age(driven(workflows.Chain)),
    }
    assert api.prune_runs(older_than=DAYS, statuses=["cancelled"]).runs == 1
    assert left() == {kinds["failed"], kinds["completed"]}
    assert api.prune_runs(older_than=DAYS).runs == 1
    assert left() == {kinds["failed"]}
    assert api.prune_runs(older_than=DAYS, statuses=["failed"]).runs == 1


def test_one_workflow_is_pruned_by_class_or_name_installed_or_not() -> None:
    chain, removed = (age(driven(workflow)) for workflow in (workflows.Chain, workflows.Spread))
    age(driven(workflows.Single))
    Run.objects.filter(pk=removed).update(workflow="host.Removed")
    assert api.prune_runs(older_than=DAYS, workflow=workflows.Single).runs == 1
    assert api.prune_runs(older_than=DAYS, workflow="host.Removed").runs == 1
    assert left() == {chain}
    with pytest.raises(WorkflowNotFound, match=r"did you mean 'host.Chain'"):
        api.prune_runs(older_than=DAYS, workflow="host.Chian")


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"statuses": ["running"]}, "statuses"),
        ({"statuses": ["paused", "completed"]}, "statuses"),
        ({"statuses": ["done"]}, "statuses"),
        ({"older_than": -DAYS}, "older_than"),
    ],
)
def test_an_unfinished_status_is_rejected(wrong: dict[str, Any], argument: str) -> None:
    age(driven(workflows.Single))
    for function in (api.prune_runs, api.count_prunable):
        with pytest.raises(InvalidArgument) as caught:
            function(**{"older_than": DAYS, **wrong})
        assert caught.value.details["argument"] == argument
    assert len(left()) == 1


def test_counting_groups_by_workflow_and_status_and_deletes_nothing(plan) -> None:
    age(driven(workflows.Single), 10)
    first = age(driven(workflows.Single), 20)
    age(cancelled())
    age(failed(plan))
    age(driven(workflows.Chain), 1)
    before = left()
    counted = api.count_prunable(older_than=5 * DAYS)
    assert [(row.workflow, row.status, row.runs) for row in counted] == [
        ("host.Single", "completed", 2),
        ("host.Single", "cancelled", 1),
    ]
    assert counted[0].oldest == Run.objects.get(pk=first).finished_at
    assert left() == before


def test_a_replay_stays_without_its_source() -> None:
    old = driven(workflows.Single)
    replay = api.replay_run(old).id
    run_until_idle()
    age(old)
    assert api.prune_runs(older_than=DAYS).runs == 1
    assert left() == {replay}
    assert api.inspect_run(replay).replay_of is None
    assert_consistent(replay)


def test_a_chain_of_replays_is_deleted_together() -> None:
    first = driven(workflows.Single)
    second = api.replay_run(first).id
    run_until_idle()
    third = api.replay_run(second).id
    run_until_idle()
    for run_id in (first, second, third):
        age(run_id)
    assert api.prune_runs(older_than=DAYS).runs == 3


def test_a_trigger_keeps_its_last_scheduled_time_without_the_run() -> None:
    api.refresh_triggers()
    last = age(driven(workflows.Clocked, trigger="every"))
    Trigger.objects.filter(name="every").update(last_run=last, last_fired_at=F("created_at"))
    api.prune_runs(older_than=DAYS)
    trigger = Trigger.objects.get(name="every")
    assert (trigger.last_run, trigger.last_fired_at) == (None, trigger.created_at)


def test_the_idempotency_key_of_a_pruned_run_is_free_again() -> None:
    old = age(driven(workflows.Single, idempotency_key="k"))
    api.prune_runs(older_than=DAYS)
    assert api.start_run(workflows.Single, idempotency_key="k").id != old


def old_definition(workflow: str) -> Definition:
    """Add a definition that an earlier deploy left."""
    return Definition.objects.create(
        fingerprint=uuid4().hex,
        workflow=workflow,
        blueprint={},
        created_at=database_time("default") - 100 * DAYS,
    )


def test_old_definitions_without_runs_and_workflow_are_deleted() -> None:
    run_id = age(driven(workflows.Single))
    Definition.objects.update(created_at=F("created_at") - 100 * DAYS)
    unused, used, young = (old_definition("host.Single") for _ in range(3))
    Run.objects.filter(pk=age(driven(workflows.Single), 1)).update(definition=used)
    Definition.objects.filter(pk=young.pk).update(created_at=F("created_at") + 80 * DAYS)
    installed = Run.objects.get(pk=run_id).definition_id
    assert api.prune_runs(older_than=30 * DAYS).definitions == 1
    assert set(Definition.objects.values_list("pk", flat=True)) == {installed, used.pk, young.pk}
    assert not Definition.objects.filter(pk=unused.pk).exists()
    assert api.start_run(workflows.Single).status == "pending"


def test_every_table_that_refers_to_a_run_is_handled() -> None:
    """A new table needs its part in ``squid_mesh.store.pruning``. Add it here then."""
    own = {
        (relation.related_model.__name__, relation.field.name)
        for model in (Run, StepRun)
        for relation in model._meta.get_fields(include_hidden=True)
        if relation.auto_created and not relation.concrete
        if relation.related_model._meta.app_label == "squid_mesh"
    }
    assert own == {
        ("Attempt", "step"),
        ("AuditEvent", "run"),
        ("Decision", "step"),
        ("Run", "replay_of"),
        ("RunTag", "run"),
        ("StepRun", "run"),
        ("Trigger", "last_run"),
    }


def test_the_log_says_what_was_deleted_and_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    age(driven(workflows.Single))
    with caplog.at_level(logging.INFO, logger="squid_mesh.engine"):
        api.prune_runs(older_than=DAYS, workflow="host.Single", actor="shell:ada")
    (record,) = [record for record in caplog.records if record.message.startswith("Pruned")]
    assert "for shell:ada" in record.message
    assert "runs=1" in record.message
    assert "of workflow host.Single" in record.message


def test_the_async_functions_do_the_same() -> None:
    age(driven(workflows.Single))
    assert async_to_sync(api.acount_prunable)(older_than=DAYS)[0].runs == 1
    assert async_to_sync(api.aprune_runs)(older_than=DAYS).runs == 1


def copy(row: Model, **columns: Any) -> Model:
    """Return a new row like that one."""
    return type(row)(**{f.attname: getattr(row, f.attname) for f in row._meta.fields} | columns)


def test_ten_thousand_runs_are_deleted_in_batches_of_few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_mesh.store.pruning._is_ours", lambda model: True)  # a host without such rows
    run_id = age(driven(workflows.Chain))
    like, step = Run.objects.get(pk=run_id), StepRun.objects.filter(run_id=run_id).first()
    attempt = Attempt.objects.filter(step=step).first()
    ids = [uuid4() for _ in range(10_000)]
    Run.objects.bulk_create((copy(like, id=new) for new in ids), batch_size=1000)
    steps = StepRun.objects.bulk_create((copy(step, id=None, run_id=new) for new in ids), batch_size=1000)
    Attempt.objects.bulk_create((copy(attempt, id=None, step_id=s.pk) for s in steps), batch_size=1000)
    if connection.vendor == "postgresql":  # statistics from before the rows existed
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE pg_class SET reltuples = 0, relpages = 500 WHERE relname IN (%s, %s, %s)",
                [model._meta.db_table for model in (Run, StepRun, Attempt)],
            )
    with CaptureQueriesContext(connection) as queries:
        removed = api.prune_runs(older_than=DAYS)
    assert removed.runs == 10_001
    assert removed.attempts == 10_003
    assert not Run.objects.exists()
    batches = 10_001 // 200 + 1
    host = 2  # for the host's rows that refer to runs
    savepoint = 2  # inside the test's transaction, a batch that may be refused has a savepoint
    assert len(queries) <= (20 + host + savepoint) * batches


@pytest.mark.django_db(transaction=True)
class TestConcurrency:
    """Other transactions act on the same runs at the same time."""

    @only_servers
    def test_a_run_that_is_being_reopened_is_kept(self) -> None:
        held, other = age(driven(workflows.Chain)), age(driven(workflows.Single))
        with transaction.atomic():
            api.rewind_run(held, "two")
            removed = in_a_thread(lambda: api.prune_runs(older_than=DAYS))
        assert removed.runs == 1
        assert left() == {held}
        run_until_idle()
        assert seen(held).status == "completed"
        assert_consistent(held)
        assert not Run.objects.filter(pk=other).exists()

    def test_either_pruning_or_reopening_wins_and_no_row_is_left_over(self) -> None:
        lost = 0
        for _ in range(20):
            run_id = age(driven(workflows.Chain))
            start = threading.Barrier(2)
            results: dict[str, Any] = {}

            def reopen(run_id: UUID = run_id, start=start, results=results) -> None:
                start.wait()
                try:
                    results["reopened"] = api.rewind_run(run_id, "two")
                except RunNotFound:
                    results["reopened"] = None
                finally:
                    connections.close_all()

            thread = threading.Thread(target=reopen)
            thread.start()
            start.wait()
            removed = api.prune_runs(older_than=DAYS)
            thread.join()
            assert (removed.runs == 1) == (results["reopened"] is None)
            if results["reopened"] is None:
                lost += 1
                assert not StepRun.objects.filter(run_id=run_id).exists()
                assert not AuditEvent.objects.filter(run_id=run_id).exists()
            else:
                run_until_idle()
                assert_consistent(run_id)
                Run.objects.filter(pk=run_id).delete()

    @only_servers
    def test_a_run_whose_replay_is_locked_is_kept(self) -> None:
        old = driven(workflows.Single)
        replay = api.replay_run(old).id
        run_until_idle()
        age(old)
        with transaction.atomic():
            lock_run(replay, "default")
            assert in_a_thread(lambda: api.prune_runs(older_than=DAYS)).runs == 0
        assert api.prune_runs(older_than=DAYS).runs == 1
        assert left() == {replay}

    @only_servers
    def test_a_run_whose_trigger_is_locked_is_kept(self) -> None:
        api.refresh_triggers()
        last = age(driven(workflows.Clocked, trigger="every"))
        Trigger.objects.filter(name="every").update(last_run=last)
        with transaction.atomic():
            Trigger.objects.select_for_update().get(name="every")
            assert in_a_thread(lambda: api.prune_runs(older_than=DAYS)).runs == 0
        assert api.prune_runs(older_than=DAYS).runs == 1

    def test_two_prunings_at_once_delete_each_run_once(self) -> None:
        for _ in range(30):
            age(driven(workflows.Single))
        results: list[Any] = []

        def prune() -> None:
            results.append(api.prune_runs(older_than=DAYS).runs)
            connections.close_all()

        threads = [threading.Thread(target=prune) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(results) == 30
        assert not left()

    def test_a_start_whose_key_is_freed_meanwhile_is_a_new_run(self) -> None:
        old = age(driven(workflows.Single, idempotency_key="k"))
        pruned: list[int] = []

        def prune_first(execute: Any, sql: str, *rest: Any) -> Any:
            if not pruned and sql.startswith("SELECT") and "idempotency_key" in sql.partition("WHERE")[2]:
                pruned.append(in_a_thread(lambda: api.prune_runs(older_than=DAYS)).runs)
            return execute(sql, *rest)

        with connection.execute_wrapper(prune_first):
            started = api.start_run(workflows.Single, idempotency_key="k")
        assert pruned == [1]
        assert left() == {started.id}
        assert started.id != old
        assert api.start_run(workflows.Single, idempotency_key="k").id == started.id


def in_a_thread(act) -> Any:
    """Call it in a thread, on another connection; return what it returns."""
    results: list[Any] = []

    def run() -> None:
        results.append(act())
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return results[0]
