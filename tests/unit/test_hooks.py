"""Guards around the project's hooks: what they swallow, what they let pass, and what they report."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from squid_mesh import hooks
from squid_mesh.engine.worker.guards.timeout import StepTimeout
from squid_mesh.hooks import Guard, GuardedLogger, call_or, text_of


class Unreadable(Exception):
    """An error whose every description fails."""

    def __str__(self) -> str:
        raise SystemExit(3)

    __repr__ = __str__

    @property
    def __notes__(self) -> list[str]:  # type: ignore[override]
        raise RuntimeError("unreadable")


@pytest.fixture(autouse=True)
def nothing_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_next_report", {})
    monkeypatch.setattr(hooks, "_unreported", {})


@pytest.fixture
def failing_handler() -> Iterator[Callable[[BaseException], None]]:
    """Add a handler to the root logger that raises the error."""
    added: list[logging.Handler] = []

    def add(error: BaseException) -> None:
        handler = logging.Handler()
        handler.emit = lambda record: (_ for _ in ()).throw(error)  # type: ignore[method-assign]
        added.append(handler)
        logging.getLogger("squid_mesh.guarded").addHandler(handler)

    yield add
    for handler in added:
        logging.getLogger("squid_mesh.guarded").removeHandler(handler)


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), GeneratorExit(), Unreadable()])
def test_a_guard_swallows_what_a_hook_raises(error: BaseException) -> None:
    with Guard("a hook"):
        raise error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), StepTimeout()])
def test_a_guard_lets_interruptions_pass(error: BaseException) -> None:
    with pytest.raises(type(error)), Guard("a hook"):
        raise error
    with pytest.raises(type(error)):
        call_or(None, lambda: (_ for _ in ()).throw(error).__next__())


def test_an_error_is_reported_once_a_minute_for_each_kind(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    for kind in ("a handler", "a handler", "a receiver", "a handler"):
        with Guard(kind, lambda: "Lost record: hello"):
            raise ValueError("first")
    first = capfd.readouterr().err
    assert first.count("ValueError: first") == 2
    assert "Lost record: hello" in first
    now[0] += 60
    with Guard("a handler"):
        raise ValueError("second")
    second = capfd.readouterr().err
    assert "2 more of its errors were not reported before." in second
    assert "ValueError: second" in second


def test_a_report_needs_no_readable_error(capfd: pytest.CaptureFixture[str]) -> None:
    with Guard("a hook", lambda: (_ for _ in ()).throw(SystemExit(3))):
        raise Unreadable
    assert "Unreadable" in capfd.readouterr().err


def test_a_report_needs_no_working_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stderr__", None)
    with Guard("a hook"):
        raise ValueError("x")


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), Unreadable()])
def test_a_failing_handler_fails_no_log_call(
    error: BaseException, failing_handler: Callable[[BaseException], None], capfd: pytest.CaptureFixture[str]
) -> None:
    failing_handler(error)
    GuardedLogger("squid_mesh.guarded").warning("step %s", "one")
    assert "Lost record: step one" in capfd.readouterr().err


def test_a_name_in_extra_that_the_projects_records_have_loses_no_record(
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = logging.getLogRecordFactory()

    def with_workflow(*args: object, **kwargs: object) -> logging.LogRecord:
        record = before(*args, **kwargs)
        record.workflow = "theirs"
        return record

    logging.setLogRecordFactory(with_workflow)
    try:
        GuardedLogger("squid_mesh.guarded").log(logging.WARNING, "here", extra={"workflow": "ours"})
    finally:
        logging.setLogRecordFactory(before)
    assert caplog.messages == ["here"]


def test_a_record_names_the_line_that_logs(caplog: pytest.LogCaptureFixture) -> None:
    logger = GuardedLogger("squid_mesh.guarded")
    logger.warning("one")
    logger.log(logging.WARNING, "two")
    assert {record.filename for record in caplog.records} == {"test_hooks.py"}


def test_a_text_that_cant_be_read_has_a_default() -> None:
    assert text_of(Unreadable(), "unreadable") == "unreadable"
    assert text_of(ValueError("x")) == "x"


def test_the_logger_of_another_package_raises_no_error_of_the_projects_logging(
    capfd: pytest.CaptureFixture[str],
) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise ConnectionError(record.getMessage())

    logger = logging.getLogger("another.package")
    logger.propagate = False
    logger.addHandler(Broken())
    with pytest.raises(ConnectionError):
        logger.warning("lost %s", 1)
    hooks.guard_logger("another.package")
    hooks.guard_logger("another.package")
    logger.warning("lost %s", 2)
    assert "Lost record: lost 2" in capfd.readouterr().err


def test_a_plain_record_replaces_one_that_the_projects_factory_cant_make() -> None:
    def make_record(*args: object, **kwargs: object) -> logging.LogRecord:
        raise LookupError("No tenant.")

    made: list[logging.LogRecord] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            made.append(record)

    logger = logging.getLogger("one.more.package")
    logger.propagate = False
    logger.addHandler(Kept())
    hooks.guard_logger("one.more.package")
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(make_record)
    try:
        logger.warning("kept %s", 1)
    finally:
        logging.setLogRecordFactory(before)
    [record] = made
    assert (record.getMessage(), record.filename) == ("kept 1", "test_hooks.py")
