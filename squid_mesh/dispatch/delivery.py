"""What a delivery runs in a worker: a slice of workflow work. Fixed path, plain arguments, never raises."""

from __future__ import annotations

import logging
from multiprocessing.sharedctypes import Synchronized
from typing import Final

from django.db import Error

from squid_mesh import conf
from squid_mesh.engine.recovery import recover_lost_steps
from squid_mesh.engine.worker.slice import work_for
from squid_mesh.store.backend import backend_of

logger = logging.getLogger("squid_mesh.dispatch")

#: The dotted path that deliveries carry.
PATH: Final = "squid_mesh.dispatch.delivery.deliver"

# How many deliveries workers have begun; shared with the broker through the fork of the cluster.
_begun: Synchronized[int] | None = None


def share(counter: Synchronized[int]) -> None:
    """Count the deliveries begun in this counter."""
    global _begun  # noqa: PLW0603 - inherited by the workers' fork
    _begun = counter


def deliver(lost: bool = False) -> int:
    """Work for a slice, after taking back what lost workers left; how many steps were executed."""
    if _begun is not None:
        with _begun.get_lock():
            _begun.value += 1
    settings = conf.current()
    try:
        if lost:
            recover_lost_steps()
        worked = work_for(settings.SLICE_SECONDS)
        if worked.time_is_up:
            backend_of(settings.DATABASE).notify_workers()
    except Error:
        logger.exception("A slice of workflow work lost the database; leases take over.")
        return 0
    return worked.executed
