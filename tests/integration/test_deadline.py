"""The alarm and what it must not reach."""

from __future__ import annotations

import signal
import time

import pytest

from squid_mesh.engine.deadline import StepTimeout, deadline
from squid_mesh.testing import run_until_idle
from tests.host import unkind as code
from tests.host.looking import driven, seen


def test_an_alarm_at_the_very_end_leaves_no_timer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGALRM)
    left = []
    for n in range(4000):
        seconds = 0.0005
        until = time.perf_counter() + seconds + (n % 200 - 100) * 0.0000005
        try:
            with deadline(seconds):
                while time.perf_counter() < until:
                    pass
        except StepTimeout:
            pass
        if signal.getitimer(signal.ITIMER_REAL) != (0.0, 0.0) or signal.getsignal(signal.SIGALRM) != before:
            left.append(n)
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    assert left == []


@pytest.mark.django_db
def test_an_async_step_that_blocks_has_no_effect_after_its_timeout() -> None:
    code.SEEN.clear()
    run_id = driven(code.Blocks)
    told = list(code.SEEN)
    status = seen(run_id).status
    time.sleep(1)
    run_until_idle()
    assert (status, code.SEEN) == (status, told)
