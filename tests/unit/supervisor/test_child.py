"""The supervisor's short-lived children."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator

import pytest

from squid_mesh.supervisor import child as children
from squid_mesh.supervisor.child import Child
from tests.acceptance.processes import until

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")


@pytest.fixture
def child() -> Iterator[Child]:
    made = Child("It can't be done.")
    yield made
    made.end()


def fail() -> None:
    raise ValueError("no")


def do_nothing() -> None:
    """Succeed."""


@pytest.mark.parametrize(("work", "succeeds"), [(do_nothing, True), (fail, False)])
def test_a_child_says_whether_it_has_succeeded(
    child: Child, work: Callable[[], None], succeeds: bool
) -> None:
    child.start(work)
    assert child.pid
    until(lambda: not child.is_running(), 20, "it has ended")
    assert child.succeeded is succeeds


def test_a_child_that_takes_too_long_is_killed(
    child: Child, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    child.start(lambda: time.sleep(60))
    assert child.is_running()
    assert not caplog.records
    monkeypatch.setattr(children, "_LONGEST", 0.0)
    until(lambda: not child.is_running(), 20, "it has ended")
    assert not child.succeeded
    assert "It can't be done." in caplog.text


def test_a_child_that_other_code_has_reaped_has_not_succeeded(child: Child) -> None:
    child.start(do_nothing)
    assert child.pid
    os.waitpid(child.pid, 0)
    assert not child.is_running()
    assert not child.succeeded


def test_a_child_can_be_ended(child: Child) -> None:
    child.end()
    child.start(lambda: time.sleep(60))
    pid = child.pid
    child.end()
    assert child.pid is None
    with pytest.raises(ChildProcessError):
        os.waitpid(pid or 0, os.WNOHANG)
