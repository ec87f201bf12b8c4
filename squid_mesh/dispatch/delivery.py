"""What a delivery executes in a worker: one slice of workflow work.

Its path is fixed and its arguments are plain; database errors are logged, not raised.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Final

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.dispatch.pulse import Event, Pulse
from squid_mesh.engine.connection_errors import drop_connection, log_connection_error
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.hooks import GuardedLogger
from squid_mesh.store.backend import backend_of

logger = GuardedLogger("squid_mesh.dispatch")

#: Seconds that a worker waits after a database error.
_PAUSE: Final = 1.0
#: The dotted path that deliveries carry.
PATH: Final = "squid_mesh.dispatch.delivery.deliver"
#: The dotted path of the question whether workers take deliveries.
ANSWER_PATH: Final = "squid_mesh.dispatch.delivery.answer"

# Where the workers record what they do. The broker creates it before the cluster forks.
_pulse: Pulse | None = None


def record_in(pulse: Pulse) -> None:
    """Record the deliveries that this process starts and ends."""
    global _pulse  # noqa: PLW0603 - the forked workers inherit it
    _pulse = pulse


def answer() -> None:
    """Show that a worker takes deliveries. The pusher sends this to workers that have nothing to do."""
    _record(Event.STARTED)
    _record(Event.ENDED)


def deliver(recover_first: bool = False) -> int:
    """Execute due steps for one slice; return how many. Recover steps of lost workers first if asked."""
    _record(Event.STARTED)
    try:
        return _deliver(recover_first)
    finally:
        _record(Event.ENDED)


def _record(event: Event) -> None:
    if _pulse is not None:
        _pulse.record(event)


def _deliver(recover_first: bool) -> int:
    settings = conf.current()
    try:
        if recover_first:
            recover_lost_steps()
        worked = work_for(settings.SLICE_SECONDS, when_looked=partial(_record, Event.LOOKED))
        if worked.time_is_up:
            backend_of(settings.DATABASE).notify_workers()
    except Error as error:
        log_connection_error(
            logger,
            error,
            "A slice of work failed with a database error. Its step is given back, or recovered later.",
        )
        if not connections[settings.DATABASE].in_atomic_block:
            drop_connection(settings.DATABASE)
        time.sleep(_PAUSE)  # work stays due, so the next delivery comes at once
        return 0
    return worked.executed
