"""The alarm stops the step and nothing else."""

from __future__ import annotations

import signal
import time

import pytest

from squid_mesh.engine.worker.timeout import StepTimeout, enforce_timeout
from squid_mesh.testing import run_until_idle
from tests.host import misbehaving as code
from tests.host.runs import driven, seen


def test_an_alarm_at_the_very_end_leaves_no_timer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    before, set_timer = signal.getsignal(signal.SIGALRM), signal.setitimer
    rung = []

    def ring_before_it_stops(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        if seconds == 0:
            rung.append(seconds)
            signal.raise_signal(signal.SIGALRM)
        return set_timer(which, seconds, interval)

    monkeypatch.setattr(signal, "setitimer", ring_before_it_stops)
    with enforce_timeout(60):
        pass
    assert rung
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_an_alarm_raised_in_the_body_leaves_no_timer_behind() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(StepTimeout), enforce_timeout(60):
        signal.raise_signal(signal.SIGALRM)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) == before


@pytest.mark.django_db
def test_a_blocking_async_step_has_no_effect_after_its_timeout() -> None:
    code.SEEN.clear()
    run_id = driven(code.Blocks)
    seen_before = list(code.SEEN)
    status = seen(run_id).status
    time.sleep(1)
    run_until_idle()
    assert (status, code.SEEN) == (status, seen_before)
