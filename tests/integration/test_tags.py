"""Tags of runs: stored with the run, found by their index, deleted with the run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from squid_mesh import api
from squid_mesh.exceptions import IdempotencyConflict, InvalidArgument
from squid_mesh.inspection.runs import by_tag
from squid_mesh.models import Run, RunTag
from squid_mesh.store import backend
from tests.host import people, workflows
from tests.host.runs import driven, seen


def listed(**filters: Any) -> list[UUID]:
    return [run.id for run in api.list_runs(**filters).runs]


def started(*tags: str) -> UUID:
    return api.start_run(workflows.Single, tags=tags).id


def rows() -> list[tuple[UUID, str]]:
    return sorted(RunTag.objects.values_list("run_id", "tag"))


def test_a_run_has_its_tags_in_every_snapshot() -> None:
    run = api.start_run(workflows.Single, tags=["vip", " region:eu ", "vip"])
    assert run.tags == ("region:eu", "vip")
    assert seen(run.id).tags == api.list_runs().runs[0].tags == run.tags
    assert run.model_dump(mode="json")["tags"] == ["region:eu", "vip"]
    assert api.inspect_workflow("host.Single").runs[0].tags == run.tags
    assert api.start_run(workflows.Single).tags == ()


def test_invalid_tags_start_no_run() -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.start_run(workflows.Single, tags=["a,b", ""])
    assert caught.value.details["argument"] == "tags"
    assert len(caught.value.details["errors"]) == 2
    assert not Run.objects.exists()


def test_tags_are_rolled_back_with_the_callers_transaction() -> None:
    class Changed(Exception):
        pass

    with pytest.raises(Changed), transaction.atomic():  # noqa: PT012 - what is rolled back
        started("vip")
        raise Changed
    assert not RunTag.objects.exists()


def test_both_backends_store_the_same_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    one = api.start_run(workflows.Chain, tags=["vip", "Grüße \\ \"'%s{}"])
    monkeypatch.setattr(backend, "BACKENDS", {})
    other = api.start_run(workflows.Chain, tags=reversed(one.tags))
    for run in (one, other):
        found = RunTag.objects.filter(run_id=run.id).order_by("tag").values_list("tag", "created_at")
        assert sorted(found) == [(tag, run.created_at) for tag in one.tags]
    columns = ("tags", "status", "payload", "event_count", "workflow", "trigger", "schedule")
    first, second = Run.objects.order_by("id").values(*columns)
    assert first == second


def test_a_run_without_tags_needs_no_statement_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "BACKENDS", {})
    started()
    with CaptureQueriesContext(connection) as without:
        started()
    with CaptureQueriesContext(connection) as with_tags:
        started("vip", "eu")
    assert not any("runtag" in query["sql"] for query in without.captured_queries)
    assert len(with_tags) == len(without) + 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="in one statement only there")
def test_tags_are_written_in_the_statement_that_starts_the_run() -> None:
    with CaptureQueriesContext(connection) as plain:
        started()
    with CaptureQueriesContext(connection) as with_tags:
        started("vip", "eu")
    assert len(plain) == len(with_tags) == 1
    assert "runtag" not in plain.captured_queries[0]["sql"]


def test_the_same_key_with_other_tags_is_a_conflict() -> None:
    first = api.start_run(workflows.Single, idempotency_key="k", tags=["a", "b"])
    assert api.start_run(workflows.Single, idempotency_key="k", tags=["b", "a"]).id == first.id
    with pytest.raises(IdempotencyConflict):
        api.start_run(workflows.Single, idempotency_key="k", tags=["b"])
    assert rows() == [(first.id, "a"), (first.id, "b")]


def test_a_replay_takes_over_the_tags() -> None:
    run_id = driven(workflows.Single, tags=["vip", "eu"])
    replay = api.replay_run(run_id)
    assert replay.tags == ("eu", "vip")
    assert listed(tag="vip") == [replay.id, run_id]


def test_runs_are_listed_by_one_tag_and_by_several() -> None:
    both, vip, eu, none = started("vip", "eu"), started("vip"), started("eu"), started()
    assert listed(tag="vip") == [vip, both]
    assert listed(tag=" eu ") == [eu, both]
    assert listed(tag=["eu", "vip"]) == listed(tag=("vip", "eu", "vip")) == [both]
    assert listed(tag=["eu", "vip", "us"]) == listed(tag="us") == []
    assert listed() == listed(tag=()) == [none, eu, vip, both]


def test_the_rarest_of_several_tags_is_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_tag, "_DEPTH", 3)
    both = started("common", "rare", "dense")
    for _ in range(3):
        started("common"), started("dense")
    for _ in range(3):
        started("dense")
    assert by_tag._rarest(("common", "dense", "rare")) == "rare"
    assert by_tag._rarest(("common", "dense")) == "common"
    assert by_tag._rarest(("none", "rare")) == "none"
    assert listed(tag=["common", "rare", "dense"]) == [both]


def test_tags_are_compared_character_by_character() -> None:
    upper, lower, accent, plain = started("VIP"), started("vip"), started("é"), started("e")
    assert (listed(tag="VIP"), listed(tag="vip")) == ([upper], [lower])
    assert (listed(tag="é"), listed(tag="e")) == ([accent], [plain])
    all_of_them = started("VIP", "vip", "é", "e")
    assert listed(tag=["VIP", "vip", "é", "e"]) == [all_of_them]


def test_a_tag_combines_with_other_filters() -> None:
    review = driven(people.Reviews, tags=["vip"])
    single = driven(workflows.Single, tags=["vip"], idempotency_key="k")
    driven(workflows.Single)
    assert listed(tag="vip") == [single, review]
    assert listed(tag="vip", status="paused") == listed(tag="vip", workflow="host.Reviews") == [review]
    assert (
        listed(tag="vip", search="k") == listed(tag="vip", status="completed", trigger="manual") == [single]
    )
    assert listed(tag="vip", workflow="host.Chain") == []


@pytest.mark.parametrize("tag", ["vip", ["vip", "eu"]])
def test_a_page_continues_after_the_one_before(tag: str | Sequence[str]) -> None:
    runs = []
    for _ in range(5):
        runs.append(started("vip", "eu", "rest"))
        started("vip"), started("eu")
    if tag == "vip":
        Run.objects.exclude(pk__in=runs).delete()
    together = Run.objects.get(pk=runs[2]).created_at  # two at one moment: their ids decide
    Run.objects.filter(pk=runs[1]).update(created_at=together)
    RunTag.objects.filter(run_id=runs[1]).update(created_at=together)
    found: list[UUID] = []
    page = api.list_runs(tag=tag, limit=2)
    while True:
        found += [run.id for run in page.runs]
        if page.next is None:
            break
        page = api.list_runs(tag=tag, limit=2, after=page.next)
    assert found == runs[::-1]


def test_a_tag_is_found_in_one_query_along_its_index(django_assert_num_queries: Any) -> None:
    started("vip")
    with django_assert_num_queries(1) as asked:
        api.list_runs(tag="vip")
    (query,) = asked.captured_queries
    plan = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(plan + query["sql"])
        plan_text = str(cursor.fetchall())
    assert "squid_mesh_runtag_newest" in plan_text
    assert "TEMP B-TREE" not in plan_text
    assert "filesort" not in plan_text


@pytest.mark.parametrize("tag", ["", "a,b", ["vip", "x" * 65], [7]])
def test_an_invalid_tag_is_rejected_as_a_filter(tag: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        api.list_runs(tag=tag)
    assert caught.value.details["argument"] == "tag"


def test_pruning_deletes_only_the_tags_of_its_runs() -> None:
    driven(workflows.Single, tags=["vip", "eu"])
    paused = driven(people.Reviews, tags=["vip"])
    assert api.prune_runs(older_than=timedelta(0)).runs == 1
    assert rows() == [(paused, "vip")]


def test_deleting_a_run_deletes_its_tags() -> None:
    run_id, other = started("vip", "eu"), started("vip")
    Run.objects.get(pk=run_id).delete()
    assert rows() == [(other, "vip")]


def test_the_async_functions_take_tags_too() -> None:
    run = async_to_sync(api.astart_run)(workflows.Single, tags=["vip"])
    assert [found.id for found in async_to_sync(api.alist_runs)(tag="vip").runs] == [run.id]
