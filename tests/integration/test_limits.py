"""Every value that a caller or a step can make large has a limit, the same on every database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from squid_mesh import Defer, StepFailed, api
from squid_mesh.exceptions import InvalidArgument, LimitExceeded, PayloadError, SquidMeshError
from squid_mesh.models import Run
from tests.host import sizes, workflows
from tests.host.people import person
from tests.host.runs import driven, events, row, seen
from tests.host.sizes import AsksForText, Makes, nested

KIB = 1024


@pytest.fixture(autouse=True)
def limits(settings: Any) -> Iterator[None]:
    small = {
        "PAYLOAD_BYTES": 2 * KIB,
        "OUTPUT_BYTES": 4 * KIB,
        "ANSWERS_BYTES": KIB,
        "INPUT_BYTES": KIB,
        "TEXT_CHARS": 200,
        "ERROR_CHARS": 500,
        "TRACEBACK_CHARS": 600,
        "DETAILS_BYTES": KIB,
    }
    settings.SQUID_MESH = {**getattr(settings, "SQUID_MESH", {}), "LIMITS": small}
    yield
    sizes.made.clear()


def made(*values: Any) -> Any:
    sizes.made.extend(values)
    return driven(Makes)


@pytest.mark.parametrize(
    ("data", "unit", "actual"),
    [
        ("x" * 2 * KIB, "bytes", 2 * KIB + len('{"data":""}')),
        ("ü" * KIB, "bytes", 2 * KIB + len('{"data":""}')),
        (nested(30), "levels", 31),
        (nested(200), "levels", 31),
        (nested(5_000), "levels", 31),
        ((nested(40),), "levels", 31),
    ],
)
def test_a_payload_that_is_too_large_or_too_deep_starts_no_run(data: Any, unit: str, actual: int) -> None:
    with pytest.raises(LimitExceeded) as caught:
        api.start_run(Makes, {"data": data})
    details = caught.value.details
    assert (details["argument"], details["unit"], details["actual"]) == ("payload", unit, actual)
    assert details["limit"] == {"bytes": 2 * KIB, "levels": 30}[unit]
    assert f'SQUID_MESH["LIMITS"]["{details["setting"]}"]' in caught.value.message
    assert not Run.objects.exists()


def test_a_payload_at_its_limit_is_stored_and_comes_back() -> None:
    for data in (nested(29), "x" * (2 * KIB - len('{"data":""}'))):
        run = api.start_run(Makes, {"data": data})
        assert seen(run.id).payload == {"data": data}


def test_a_payload_of_a_model_is_measured_as_it_is_stored() -> None:
    with pytest.raises(LimitExceeded):
        api.start_run(Makes, Makes.Payload(data=nested(30)))
    with pytest.raises(LimitExceeded):
        api.start_run(Makes, Makes.Payload(data=nested(300)))


def contains_itself() -> list[Any]:
    value: list[Any] = []
    value += [value, value]
    return value


@pytest.mark.parametrize(
    "data",
    [
        float("nan"),
        float("inf"),
        "\x00",
        "\ud800",
        pytest.param(10**5_000, id="digits"),
        {"\x00": 1},
        b"\xff",
        object(),
    ],
)
def test_what_no_database_can_store_is_a_payload_error(data: Any) -> None:
    with pytest.raises(PayloadError):
        api.start_run(Makes, {"data": data})
    sizes.made.append(data)
    run_id = driven(Makes)
    assert (seen(run_id).status, row(run_id, "make").error["code"]) == ("failed", "invalid_output")


def test_a_value_that_contains_itself_is_a_typed_error() -> None:
    with pytest.raises(SquidMeshError):
        api.start_run(Makes, {"data": contains_itself()})
    run_id = made(contains_itself())
    assert row(run_id, "make").error["code"] in ("invalid_output", "limit_exceeded")


@pytest.mark.parametrize(
    ("value", "unit"),
    [("x" * 5 * KIB, "bytes"), (nested(31), "levels"), (nested(300), "levels"), (nested(20_000), "levels")],
)
def test_an_output_over_its_limit_is_the_error_of_its_step(value: Any, unit: str) -> None:
    run_id = made(value)
    step = row(run_id, "make")
    assert (step.status, step.attempt_number, step.error["code"]) == ("failed", 1, "limit_exceeded")
    assert step.error["details"]["argument"] == "output"
    assert step.error["details"]["unit"] == unit
    assert seen(run_id).error["step"] == "make"


def test_an_output_at_its_limit_reaches_the_next_step() -> None:
    value = nested(30)
    run_id = made(value)
    assert seen(run_id).status == "completed"
    assert row(run_id, "make").output == value
    assert row(run_id, "take").input == {"value": value}


def test_of_a_large_input_the_history_keeps_the_beginning() -> None:
    run_id = made("x" * 3 * KIB)
    assert seen(run_id).state["taken"] == 3 * KIB
    kept = row(run_id, "take").input["value"]
    assert kept["left_out"] == f"{3 * KIB + 2:,} characters of JSON"
    assert kept["beginning"].startswith('"xxx')
    assert len(kept["beginning"]) < KIB


def test_of_a_long_error_the_middle_is_left_out() -> None:
    run_id = made(ValueError("begin" + "x" * 100_000 + "end"))
    error = row(run_id, "make").error
    assert error["message"].startswith("begin")
    assert error["message"].endswith("end")
    assert "characters left out" in error["message"]
    assert len(error["message"]) <= 500
    assert len(error["traceback"]) <= 600
    assert error["traceback"].startswith("Traceback")
    assert len(seen(run_id).step("make").attempts[0].error["message"]) <= 500  # type: ignore[index]


def test_the_details_of_an_error_have_limits() -> None:
    for details in ({"a": "x" * 2 * KIB}, {"a": nested(29)}):
        error = row(made(StepFailed("no", **details)), "make").error
        assert set(error["details"]) == {"left_out", "beginning"}
    error = row(made(StepFailed("no", a=nested(20))), "make").error
    assert error["details"] == {"a": nested(20)}


def test_a_secret_at_the_cut_of_a_text_is_not_revealed() -> None:
    secret = "s3cr3t-of-the-reef"
    for before in range(300, 340):
        sizes.made.append(ValueError("x" * before + secret + "y" * 1_000))
        run_id = driven(sizes.Hidden, {"token": secret, "data": None})
        message = row(run_id, "make").error["message"]
        assert secret[:6] not in message
        assert secret[-6:] not in message


def test_the_reason_of_a_deferral_is_shortened() -> None:
    run_id = made(Defer("begin" + "x" * 10_000 + "end", hours=1))
    (attempt,) = seen(run_id).step("make").attempts
    assert len(attempt.error["message"]) <= 500  # type: ignore[index]


WRITERS: list[Callable[[Any, str], Any]] = [
    api.comment_run,
    lambda run, text: api.cancel_run(run, reason=text),
    lambda run, text: api.retry_step(run, "review", reason=text),
    lambda run, text: api.decide_approval(run, "approved", actor=person("ada"), comment=text),
    lambda run, text: api.find_runs_by_payload(text * 6),
]


@pytest.mark.parametrize("write", WRITERS, ids=["comment", "cancel", "retry", "decide", "search"])
def test_a_text_that_a_person_writes_has_a_limit(write: Callable[[Any, str], Any]) -> None:
    run_id = driven(AsksForText)
    before = events(run_id)
    with pytest.raises(LimitExceeded) as caught:
        write(run_id, "x" * 201)
    assert caught.value.details["unit"] == "characters"
    assert events(run_id) == before


@pytest.mark.parametrize("data", [{"text": "x" * KIB}, {"data": nested(30)}])
def test_answers_have_a_limit(data: Any) -> None:
    run_id = driven(AsksForText)
    actor = person("ada", "squid_mesh.decide_approval")
    with pytest.raises(LimitExceeded) as caught:
        api.approve_run(run_id, actor=actor, data=data)
    assert caught.value.details["argument"] == "data"
    assert api.approve_run(run_id, actor=actor, data={"data": nested(29)}).id == run_id


def test_an_output_that_a_person_enters_has_a_limit() -> None:
    run_id = made(ValueError("no"))
    for output in ("x" * 5 * KIB, nested(31), nested(5_000)):
        with pytest.raises(LimitExceeded):
            api.resolve_step(run_id, "make", output=output)
    api.resolve_step(run_id, "make", output="y")


def test_names_and_tags_have_limits_and_errors_stay_short() -> None:
    for given in (
        {"idempotency_key": "k" * 201},
        {"tags": ["t" * 10**6]},
        {"tags": [str(n) for n in range(21)]},
    ):
        with pytest.raises(InvalidArgument) as caught:
            api.start_run(workflows.Single, **given)
        assert len(caught.value.message) < 500
