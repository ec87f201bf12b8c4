"""Every argument of every public function with odd values: it works, or the error is one of ours."""

from __future__ import annotations

import enum
import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import FunctionType, MappingProxyType
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils.functional import SimpleLazyObject
from django.utils.timezone import override as timezone_override
from django.utils.translation import gettext_lazy

from squid_mesh import api
from squid_mesh.exceptions import SquidMeshError
from tests.host import people, workflows
from tests.host.models import Order
from tests.host.runs import driven, run_until_idle


class Member(str, enum.Enum):  # noqa: UP042 - Django's TextChoices are members of this kind
    STEP = "review"
    KEY = "order-7"


class OddText(str):
    """A text whose own code can't be trusted."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("eq")

    def __hash__(self) -> int:
        raise RuntimeError("hash")

    def __str__(self) -> str:
        raise RuntimeError("str")


def endless() -> Iterator[str]:
    while True:
        yield "a"


def odd_values() -> list[Any]:
    """Return them, new ones for each call: iterators are used up."""
    return [
        *(None, True, 0, -1, 2**31, 2**63, 2**2000, 1.5, float("nan"), float("inf"), Decimal("NaN"), 1j),
        *(
            "",
            " ",
            "x",
            "review",
            "\x00",
            "\ud800",
            "e\u0301",
            "a" * 300,
            "a" * 60_000,
            b"x",
            bytearray(b"x"),
        ),
        *(Member.STEP, OddText("review"), gettext_lazy("review"), SimpleLazyObject(lambda: "review")),
        *(
            [],
            ["a"],
            [None],
            ("\x00",),
            {"a"},
            {"a": 1},
            {1: 2},
            MappingProxyType({"a": 1}),
            range(3),
            endless(),
        ),
        *(
            object(),
            object,
            User,
            User(username="new"),
            AnonymousUser(),
            Order(),
            Order.objects,
            workflows.Single,
        ),
        *(SimpleLazyObject(AnonymousUser), SimpleLazyObject(lambda: User(username="lazy"))),
        *(uuid4(), str(uuid4()), "urn:uuid:" + str(uuid4()), ..., len, Exception("x")),
        *(datetime(2026, 1, 1), datetime.max.replace(tzinfo=UTC), timedelta.max, timedelta(-1)),  # noqa: DTZ001
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    ]


def functions() -> list[str]:
    """Return the public functions, without their async twins."""
    names = {name for name in api.__all__ if isinstance(getattr(api, name), FunctionType)}
    return sorted(name for name in names if not (name.startswith("a") and name[1:] in names))


@pytest.fixture
def good(django_user_model: Any) -> dict[str, Any]:
    """Return a good value of each argument without a default."""
    run_id = api.start_run(people.Reviews).id
    run_until_idle()
    user = django_user_model.objects.create_superuser("nina")
    return {
        "action": "comment_run",
        "actor": user,
        "exit": "rejected",
        "name": "nightly",
        "older_than": timedelta(days=3650),
        "reason": "because",
        "run": run_id,
        "run_id": run_id,
        "run_ids": [run_id],
        "seconds": 0.001,
        "snapshot": api.inspect_run(run_id),
        "step": "review",
        "steps": ["review"],
        "text": "note",
        "user": user,
        "workflow": people.Reviews,
    }


@pytest.mark.parametrize("name", functions())
def test_an_odd_value_is_accepted_or_a_typed_error(name: str, good: dict[str, Any]) -> None:
    function = getattr(api, name)
    parameters = inspect.signature(function).parameters.values()
    if name == "wait_for_run":  # some values are years, so the run has finished
        good["run_id"] = driven(workflows.Chain)
    needed = [one.name for one in parameters if one.default is one.empty and one.kind is not one.VAR_KEYWORD]
    for parameter in parameters:
        for value in odd_values():
            given = {**{one: good[one] for one in needed}, parameter.name: value}
            if parameter.kind is not parameter.VAR_KEYWORD:
                assert find_untyped_error(function, given) is None


def find_untyped_error(function: Any, given: dict[str, Any]) -> str | None:
    """Call the function and undo it. Return its error if that isn't one of ours, or isn't JSON-ready."""
    try:
        with transaction.atomic():
            function(**given)
            transaction.set_rollback(True)
    except SquidMeshError as error:
        json.dumps(error.as_dict())
    except Exception as error:  # noqa: BLE001 - the test reports it
        return f"{list(given)}: {error!r}"
    return None


def test_a_member_of_an_enum_is_its_value() -> None:
    first = api.start_run(workflows.Single, idempotency_key=Member.KEY, tags=[Member.KEY], actor=Member.KEY)
    second = api.start_run(workflows.Single, idempotency_key="order-7", tags=["order-7"])
    assert second.existed
    assert second.id == first.id
    assert [run.id for run in api.list_runs(tag=Member.KEY, search=Member.KEY).runs] == [first.id]
    assert str(first.idempotency_key) == "order-7"
    assert api.inspect_run(first.id, history=True).events[0].actor == "order-7"


@pytest.mark.parametrize("year", [1, 999, 9999])
def test_a_start_is_in_a_year_that_every_timezone_and_database_has(year: int) -> None:
    with pytest.raises(SquidMeshError, match="in the years 1000 to 9998"):
        api.start_run(workflows.Single, start_at=datetime(year, 1, 1, tzinfo=UTC))


def test_a_start_in_the_past_is_due_and_one_in_the_far_future_is_shown(admin_client: Any) -> None:
    past = api.start_run(workflows.Single, start_at=datetime(1000, 1, 1, tzinfo=UTC))
    future = api.start_run(workflows.Single, start_at=datetime(9998, 12, 31, 23, 59, tzinfo=UTC))
    run_until_idle()
    assert api.inspect_run(past.id).status == "completed"
    assert api.explain_run(future.id).status == "pending"
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        with timezone_override(zone):
            assert admin_client.get(f"/admin/squid_mesh/run/{future.id}/change/").status_code == 200


def test_a_text_that_is_too_long_to_search_for_is_a_typed_error_and_finds_nothing(admin_client: Any) -> None:
    run_id = api.start_run(workflows.Single).id
    with pytest.raises(SquidMeshError, match="at most 1,000"):
        api.find_runs_by_payload("a" * 60_000)
    page = admin_client.get("/admin/squid_mesh/run/", {"q": f"payload:{'a' * 5_000}"})
    assert page.status_code == 200
    assert str(run_id) not in page.content.decode()
