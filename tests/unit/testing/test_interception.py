"""Interceptors of several threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from squid_mesh.engine.worker import slice as worker_slice
from squid_mesh.engine.worker.traced import invoke_traced
from squid_mesh.testing import interception


def pass_on(claim: Any, memory: Any, invoke: Any) -> Any:
    return invoke(claim, memory)


class Overtaken(list[Any]):
    """Interceptors of which the last one ends while the next one begins, as far as they let each other."""

    def __init__(self) -> None:
        super().__init__()
        self.end_other = threading.Event()
        self.other_ended = threading.Event()

    def append(self, one: Any) -> None:
        if self:
            self.end_other.set()
            self.other_ended.wait(0.2)
        super().append(one)


def test_an_interceptor_of_one_thread_stays_when_that_of_another_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interceptors = Overtaken()
    monkeypatch.setattr(interception, "_interceptors", interceptors)
    began = threading.Event()

    def other() -> None:
        with interception.intercepting(pass_on):
            began.set()
            interceptors.end_other.wait(5)
        interceptors.other_ended.set()

    thread = threading.Thread(target=other)
    thread.start()
    began.wait(5)
    with interception.intercepting(pass_on):
        thread.join()
        assert vars(worker_slice)["invoke_traced"] is interception._invoke
    assert vars(worker_slice)["invoke_traced"] is invoke_traced
