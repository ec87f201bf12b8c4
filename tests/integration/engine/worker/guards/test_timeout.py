"""The alarm stops the step and nothing else, whatever the step does with the process's own alarm."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from squid_mesh.engine.worker.guards.timeout import ALARM, StepTimeout, enforce_timeout
from squid_mesh.processes import thread_timer
from tests.host import misbehaving as code
from tests.host.runs import driven, run_until_idle, seen

FOREVER = 30.0
#: The timers of this process, on Linux.
TIMERS = Path("/proc/self/timers")


@pytest.fixture(autouse=True)
def unchanged() -> Iterator[None]:
    """No handler and no timer stays behind."""
    handlers = [signal.getsignal(number) for number in (ALARM, signal.SIGALRM)]
    yield
    assert [signal.getsignal(number) for number in (ALARM, signal.SIGALRM)] == handlers
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


@pytest.fixture(params=["kernel", "thread"])
def alarm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the kernel or a thread send the signal, and return which."""
    if request.param == "thread":
        monkeypatch.setattr(thread_timer, "_IS_KNOWN", False)
    elif not thread_timer._IS_KNOWN:
        pytest.skip("about Linux")
    return str(request.param)


def test_a_body_ends_at_its_timeout(alarm: str) -> None:
    started = time.monotonic()
    with pytest.raises(StepTimeout), enforce_timeout(0.2):
        time.sleep(FOREVER)
    assert 0.2 <= time.monotonic() - started < FOREVER / 2


def test_a_body_that_swallows_the_alarm_gets_it_again(alarm: str) -> None:
    rung = []

    def swallow() -> None:
        for _ in range(2):
            try:
                time.sleep(FOREVER)
            except StepTimeout as error:
                rung.append(error)

    with pytest.raises(StepTimeout), enforce_timeout(0.05):
        swallow()
    assert len(rung) == 2


def test_a_signal_that_comes_too_early_or_too_late_changes_nothing() -> None:
    with enforce_timeout(60):
        signal.raise_signal(ALARM)
    signal.raise_signal(ALARM)


def test_an_inner_timeout_leaves_the_outer_one_in_force(alarm: str) -> None:
    def body() -> None:
        with enforce_timeout(60):
            pass
        time.sleep(FOREVER)

    with pytest.raises(StepTimeout), enforce_timeout(0.2):
        body()


@pytest.mark.skipif(not thread_timer._IS_KNOWN, reason="about Linux")
def test_c_code_that_keeps_the_interpreters_lock_is_interrupted() -> None:
    started = time.monotonic()
    with pytest.raises(StepTimeout), enforce_timeout(0.2):
        ctypes.PyDLL(None).sleep(int(FOREVER))
    assert time.monotonic() - started < FOREVER / 2


@pytest.mark.skipif(not TIMERS.exists(), reason="needs a kernel that lists its timers")
def test_timeouts_leave_no_timer_in_the_kernel() -> None:
    before = TIMERS.read_text()
    for _ in range(50):
        with enforce_timeout(60):
            assert TIMERS.read_text() != before
    assert TIMERS.read_text() == before


def test_another_thread_has_no_alarm() -> None:
    passed = []

    def body() -> None:
        with enforce_timeout(0.01):
            time.sleep(0.05)
            passed.append(True)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert passed == [True]


def stop_alarm() -> None:
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_REAL, 0)


def handle_alarm() -> None:
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.05)


def ignore_alarm() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)


def set_later_alarm() -> None:
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.alarm(3600)


def use_alarm_as_a_library_does() -> None:
    before = signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    time.sleep(0.1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


WAYS = [stop_alarm, handle_alarm, ignore_alarm, set_later_alarm, use_alarm_as_a_library_does]
each_way = pytest.mark.parametrize("use", WAYS, ids=lambda way: way.__name__)


@pytest.mark.django_db
@each_way
def test_a_step_that_uses_the_process_alarm_ends_at_its_timeout(alarm: str, use: Callable[[], None]) -> None:
    def use_it() -> None:
        code.SEEN.append("began")
        use()
        until = time.monotonic() + FOREVER
        while time.monotonic() < until:
            time.sleep(0.1)
        code.SEEN.append("effect")

    code.SEEN.clear()
    code.PLAN["alarm"] = use_it
    started = time.monotonic()
    run = seen(driven(code.UsesAlarm))
    assert time.monotonic() - started < FOREVER / 2
    assert [attempt.outcome for attempt in run.step("one").attempts] == ["timed_out"]
    assert code.SEEN == ["began"]


@pytest.mark.django_db
@each_way
def test_a_steps_alarm_does_not_outlive_it(use: Callable[[], None]) -> None:
    code.PLAN["alarm"] = use
    assert seen(driven(code.UsesAlarm)).status == "completed"


@pytest.mark.django_db
@each_way
def test_an_alarm_that_was_set_before_a_step_is_set_after_it(use: Callable[[], None]) -> None:
    def mine(number: int, frame: Any) -> None:
        raise AssertionError("it never rings here")

    before = signal.signal(signal.SIGALRM, mine)
    try:
        signal.setitimer(signal.ITIMER_REAL, 600)
        code.PLAN["alarm"] = use
        driven(code.UsesAlarm)
        assert 500 < signal.getitimer(signal.ITIMER_REAL)[0] <= 600
        assert signal.getsignal(signal.SIGALRM) is mine
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.django_db
def test_a_blocking_async_step_has_no_effect_after_its_timeout() -> None:
    code.SEEN.clear()
    run_id = driven(code.Blocks)
    seen_before = list(code.SEEN)
    status = seen(run_id).status
    time.sleep(1)
    run_until_idle()
    assert (status, code.SEEN) == (status, seen_before)
