"""Interceptors between a worker's loop and the code of steps, with which the kit makes fakes and faults."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from unittest import mock

from squid_mesh.engine.run_memory import RunMemory
from squid_mesh.engine.worker import slice as worker_slice
from squid_mesh.engine.worker.invoke import Invocation
from squid_mesh.engine.worker.traced import invoke_traced
from squid_mesh.store.values import Claim

#: Executes a claimed step.
Invoke = Callable[[Claim, RunMemory], Invocation]
#: Executes a claimed step by calling the next one, or does something else.
Interceptor = Callable[[Claim, RunMemory, Invoke], Invocation]

_interceptors: Final[list[Interceptor]] = []
#: One thread's last interceptor may end while another thread's first begins.
_lock: Final = threading.Lock()


@contextmanager
def intercepting(interceptor: Interceptor) -> Iterator[None]:
    """Let every step that this process executes pass through the interceptor; the newest comes first."""
    with _lock:
        if not _interceptors:
            _patch.start()
        _interceptors.append(interceptor)
    try:
        yield
    finally:
        with _lock:
            _interceptors.remove(interceptor)
            if not _interceptors:
                _patch.stop()


def _invoke(claim: Claim, memory: RunMemory) -> Invocation:
    invoke: Invoke = invoke_traced
    for interceptor in tuple(_interceptors):
        invoke = _bind(interceptor, invoke)
    return invoke(claim, memory)


def _bind(interceptor: Interceptor, following: Invoke) -> Invoke:
    return lambda claim, memory: interceptor(claim, memory, following)


#: Replaces the one function of the engine that the kit needs.
_patch: Final = mock.patch.object(worker_slice, "invoke_traced", _invoke)
