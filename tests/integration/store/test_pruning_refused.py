"""A row of the host's keeps its own run from being pruned, and no other."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection
from django.db.models import F
from django.db.models.signals import pre_delete

from squid_mesh import api
from squid_mesh.models import Attempt, Definition, Run, StepRun
from squid_mesh.store import pruning as store_pruning
from tests.host import workflows
from tests.host.models import Bookmark, Receipt
from tests.host.runs import driven
from tests.host.shell import shell

DAYS = timedelta(days=1)

# SQLite checks foreign keys when the transaction ends.
pytestmark = pytest.mark.django_db(transaction=True)


def old_runs(number: int) -> list[UUID]:
    """That many runs that finished long ago, the oldest first."""
    ids = [driven(workflows.Single) for _ in range(number)]
    back = 100 * DAYS
    Run.objects.update(created_at=F("created_at") - back, finished_at=F("finished_at") - back)
    return ids


def refer(run_id: UUID, kind: str) -> None:
    """Add a row of the host's that keeps the run."""
    step = StepRun.objects.get(run_id=run_id)
    attempt = Attempt.objects.get(step=step)
    targets: dict[str, Any] = {"run": run_id, "replay": run_id, "step": step.pk, "attempt": attempt.pk}
    Receipt.objects.create(**{f"{kind}_id": targets[kind]})


def left() -> set[UUID]:
    return set(Run.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("kind", ["run", "replay", "step", "attempt"])
def test_a_row_of_the_host_keeps_its_run_alone(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    ids = old_runs(7)
    refer(ids[3], kind)
    receipt = Receipt.objects.get()
    with caplog.at_level(logging.WARNING, "squid_mesh.engine"):
        removed = api.prune_runs(older_than=30 * DAYS)
    assert (removed.runs, removed.steps, removed.attempts, removed.skipped) == (6, 6, 6, 1)
    (skipped,) = removed.skipped_runs
    assert (skipped.id, skipped.reason) == (ids[3], f"host.Receipt {receipt.pk} refers to it.")
    assert left() == {ids[3]}
    assert (StepRun.objects.count(), Attempt.objects.count()) == (1, 1)
    assert str(ids[3]) in caplog.text
    Receipt.objects.all().delete()
    assert api.prune_runs(older_than=30 * DAYS).runs == 1


@pytest.mark.parametrize("kept", [(0,), (6,), (0, 1, 2), (1, 3, 5), tuple(range(7))])
def test_any_number_of_runs_may_be_kept(kept: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_mesh.engine.pruning._BATCH", 3)
    ids = old_runs(7)
    for place in kept:
        refer(ids[place], "run")
    removed = api.prune_runs(older_than=30 * DAYS)
    assert (removed.runs, removed.skipped) == (7 - len(kept), len(kept))
    assert {skipped.id for skipped in removed.skipped_runs} == left() == {ids[place] for place in kept}


def test_the_result_names_a_limited_number_of_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("squid_mesh.engine.pruning._NAMED", 2)
    for run_id in old_runs(4):
        refer(run_id, "run")
    removed = api.prune_runs(older_than=30 * DAYS)
    assert (removed.skipped, len(removed.skipped_runs)) == (4, 2)


def test_the_command_names_what_it_skipped() -> None:
    ids = old_runs(2)
    refer(ids[0], "run")
    text = shell("prune", "--older-than", "30d")
    assert text.code == 0
    assert "Deleted: 1 runs" in text.out
    assert f"Skipped: 1 runs that can't be deleted.\n  {ids[0]}: host.Receipt" in text.out
    found = shell("prune", "--older-than", "30d", "--json").json
    assert (found["skipped"], found["skipped_runs"][0]["id"]) == (1, str(ids[0]))


def test_rows_that_are_deleted_with_their_step_keep_nothing() -> None:
    (run_id,) = old_runs(1)
    Bookmark.objects.create(step=StepRun.objects.get(run_id=run_id))
    removed = api.prune_runs(older_than=30 * DAYS)
    assert (removed.runs, removed.steps, removed.skipped) == (1, 1, 0)
    assert not Bookmark.objects.exists()


@pytest.fixture
def unknown_table() -> Iterator[None]:
    """A table with a foreign key that Django doesn't know."""
    kind = {"postgresql": "bigint", "sqlite": "integer"}.get(connection.vendor, "bigint")
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE unknown_table (step_id {kind} NOT NULL,"
            " FOREIGN KEY (step_id) REFERENCES squid_mesh_steprun (id))"
        )
        yield
        cursor.execute("DROP TABLE unknown_table")


@pytest.mark.usefixtures("unknown_table")
def test_a_foreign_key_that_django_does_not_know_keeps_its_run_alone() -> None:
    ids = old_runs(3)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO unknown_table VALUES (%s)", [StepRun.objects.get(run_id=ids[1]).pk])
    removed = api.prune_runs(older_than=30 * DAYS)
    assert (removed.runs, removed.skipped, left()) == (2, 1, {ids[1]})
    assert removed.skipped_runs[0].reason.startswith("IntegrityError: ")


def test_a_receiver_that_raises_keeps_its_run_alone() -> None:
    ids = old_runs(3)

    def refuse(instance: Run, **_: Any) -> None:
        if instance.pk == ids[1]:
            raise LookupError("no invoice")

    pre_delete.connect(refuse, sender=Run)
    try:
        removed = api.prune_runs(older_than=30 * DAYS)
    finally:
        pre_delete.disconnect(refuse, sender=Run)
    assert (removed.runs, left()) == (2, {ids[1]})
    assert removed.skipped_runs[0].reason == "LookupError: no invoice"


def test_a_failing_database_is_no_skipped_run(monkeypatch: pytest.MonkeyPatch) -> None:
    old_runs(2)

    def fail(*_: Any) -> None:
        raise OperationalError("the server is shutting down")

    monkeypatch.setattr("squid_mesh.engine.pruning.delete_runs", fail)
    with pytest.raises(OperationalError):
        api.prune_runs(older_than=30 * DAYS)
    assert len(left()) == 2
    assert store_pruning.has_runs("host.Single", "default")


def test_a_definition_that_the_host_refers_to_keeps_no_other() -> None:
    old_runs(1)
    definition = Definition.objects.get()
    past = definition.created_at - 100 * DAYS
    for name in ("one", "two", "three"):
        Definition.objects.create(fingerprint=name, workflow="host.Removed", blueprint={}, created_at=past)
    Receipt.objects.create(definition_id="one")
    assert api.prune_runs(older_than=30 * DAYS).definitions == 2
    assert set(Definition.objects.values_list("pk", flat=True)) == {definition.pk, "one"}
