"""Filtering and counting runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.exceptions import InvalidArgument
from squid_mesh.inspection.runs import listing
from tests.host import people, workflows
from tests.host.held_runs import LONG_AGO, create_held_runs
from tests.host.models import Order
from tests.host.runs import driven


def test_runs_are_filtered_by_when_they_were_created() -> None:
    first, second, third = create_held_runs(people.Holds, "ready", 3, request=None)
    at = LONG_AGO + timedelta(seconds=1)
    assert [run.id for run in api.list_runs(created_from=at).runs] == [third, second]
    assert [run.id for run in api.list_runs(created_before=at).runs] == [first]
    assert api.list_runs(created_from=datetime.now(UTC)).runs == ()


@pytest.mark.parametrize("name", ["created_from", "created_before"])
@pytest.mark.parametrize("moment", [datetime(2026, 1, 1), datetime.max.replace(tzinfo=UTC)])  # noqa: DTZ001
def test_a_time_needs_a_timezone(name: str, moment: datetime) -> None:
    options: dict[str, Any] = {name: moment}
    if moment.tzinfo is None:
        with pytest.raises(InvalidArgument) as caught:
            api.list_runs(**options)
        assert caught.value.details["argument"] == name
    else:
        assert api.list_runs(**options).runs == ()


def test_runs_that_need_a_person_are_unfinished_and_have_a_held_step() -> None:
    (held,) = create_held_runs(people.Holds, "ready", 1, request=None)
    driven(workflows.Chain)
    cancelled = driven(people.Holds)
    api.cancel_run(cancelled)
    assert [run.id for run in api.list_runs(needs_person=True).runs] == [held]


def test_a_subject_may_be_named_by_a_text() -> None:
    order = Order.objects.create()
    run_id = driven(workflows.Single, subject=order)
    for subject in (order, f"host.order:{order.pk}", f"host.Order:{order.pk}"):
        assert [run.id for run in api.list_runs(subject=subject).runs] == [run_id]
    assert api.list_runs(subject="host.order:x").runs == ()
    with pytest.raises(InvalidArgument):
        api.list_runs(subject="host.order")


def test_runs_are_counted_as_they_are_listed_up_to_a_limit(monkeypatch: Any) -> None:
    create_held_runs(people.Holds, "ready", 4, request=None)
    driven(workflows.Single, tags=["a", "b"])
    assert api.count_runs() == api.Count(number=5)
    assert api.count_runs(needs_person=True, workflow=people.Holds).number == 4
    assert api.count_runs(tag=["a", "b"]).number == 1
    monkeypatch.setattr(listing, "MOST", 3)
    assert api.count_runs() == api.Count(number=3, more=True)
