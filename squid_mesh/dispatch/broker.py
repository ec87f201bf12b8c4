"""The broker: django-q2's own ORM broker for the host's tasks, and the step table for ours.

Set it as ``Q_CLUSTER["broker_class"] = "squid_mesh.dispatch.broker.Broker"``. A delivery of ours is made on
the spot when steps are due; it has no row anywhere, so there is nothing to lose, double or delay.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.util import Finalize
from typing import Any

from django.db import Error, connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import SignedPackage

from squid_mesh import conf
from squid_mesh.dispatch import delivery
from squid_mesh.dispatch.clock import Clock
from squid_mesh.dispatch.cluster_heartbeat import Pulse
from squid_mesh.dispatch.connection_pools import guard_forks
from squid_mesh.store.backend import WakeUpListener, backend_of

logger = logging.getLogger("squid_mesh.dispatch")

_OURS = "squid_mesh:"
#: The cluster looks at its stop event between dequeues, so none takes longer.
_LONGEST_WAIT = 1.0
#: A step that is due the next moment is not worth a busy loop.
_SHORTEST_WAIT = 0.002
#: A delivery that no worker began for so long was lost with one.
_LOST_AFTER = 10.0


class Broker(ORM):
    """Deliveries for due steps beside the host's own tasks."""

    # In the class, since a broker that was pickled for another process comes back without __init__.
    _begun: Synchronized[int] | None = None
    _sent = 0
    _last_sent = 0.0
    _next_in = _LONGEST_WAIT
    _ask_host_at = 0.0
    _listener: WakeUpListener | None = None
    _clock: Clock | None = None
    _leader = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """In the process that starts the cluster, and in others that send tasks."""
        super().__init__(*args, **kwargs)
        guard_forks()

    def ping(self) -> bool:
        """Called in the sentinel, once, before it forks pusher and workers: what they share is made here."""
        self._leader = os.getppid()
        self._begun = multiprocessing.Value("L", 0)
        delivery.share(self._begun)
        return bool(super().ping())

    def dequeue(self) -> Sequence[tuple[Any, str]] | None:
        """The host's tasks and deliveries for due steps; None after a wait in which there were none.

        In a cluster it is called by the one pusher, in which the clock runs beside it. A pusher that outlives
        its sentinel would show a cluster that may have no worker as alive, so it ends.
        """
        sentinel = multiprocessing.parent_process()
        if sentinel is not None and sentinel.pid != os.getppid():
            logger.critical("The cluster's sentinel is gone: its pusher ends, for nobody minds the workers.")
            raise SystemExit(1)
        if self._clock is None and sentinel is not None:
            self._clock = Clock(self.cron_time, Pulse(self._leader))
            self._clock.start()
            Finalize(None, self._clock.end, exitpriority=1)  # runs where the pusher ends as it was asked to
        try:
            found = self._look()
            if not found:
                self._wait()
        except Error:
            logger.exception("Looking for due work failed; trying again.")
            for alias in {conf.database(), Conf.ORM}:
                if not connections[alias].in_atomic_block:
                    connections[alias].close()
            time.sleep(_LONGEST_WAIT)
            return None
        return found or None

    def cron_time(self, now: datetime) -> datetime:
        """The time by which cron triggers fire, given the database's: the same.

        A demonstration or a test may override it to let days pass in minutes. It must not go backwards.
        """
        return now

    def _look(self) -> list[tuple[Any, str]]:
        return [*self._deliveries(), *self._host_tasks()]

    def _wait(self) -> None:
        if self._listener is None:
            self._listener = backend_of(conf.database()).open_listener()
        self._listener.wait(min(_LONGEST_WAIT, Conf.POLL, max(self._next_in, _SHORTEST_WAIT)))

    def _host_tasks(self) -> list[tuple[Any, str]]:
        """As the ORM broker takes them, and as often: a bell of ours is no reason to ask again."""
        if time.monotonic() < self._ask_host_at:
            return []
        found = self._rows().filter(key=self.list_key, lock__lt=timezone.now())[: Conf.BULK]
        taken = []
        for task in found:
            mine = self._rows().filter(pk=task.pk, lock=task.lock)
            if mine.update(lock=self.timeout(task)):
                taken.append((task.pk, task.payload))
        self._ask_host_at = 0.0 if taken else time.monotonic() + Conf.POLL
        return taken

    def _rows(self) -> Any:
        from django_q.models import OrmQ  # noqa: PLC0415 - needs the app registry

        return OrmQ.objects.using(Conf.ORM)

    def _free(self) -> int:
        """How many more deliveries the workers can take up at once."""
        begun = self._sent if self._begun is None else self._begun.value
        if self._sent < begun:  # a pusher that took over from another counts on from here
            self._sent = begun
        if self._sent > begun and time.monotonic() - self._last_sent > _LOST_AFTER:
            self._sent = begun
        return int(Conf.WORKERS) - (self._sent - begun)

    def _deliveries(self) -> list[tuple[str, str]]:
        self._next_in = _LONGEST_WAIT
        free = self._free()
        if free <= 0:
            return []
        found = backend_of(conf.database()).find_due_work(free)
        wanted = max(found.steps, int(found.expired))
        if found.next_in is not None:
            self._next_in = found.next_in
        if wanted:
            self._sent += wanted
            self._last_sent = time.monotonic()
        return [self._package(lost=found.expired and n == 0) for n in range(wanted)]

    def _package(self, *, lost: bool) -> tuple[str, str]:
        key = uuid.uuid4().hex
        task: dict[str, Any] = {
            "id": key,
            "name": f"squid-mesh-{key[:8]}",
            "func": delivery.PATH,
            "args": (lost,),
            "kwargs": {},
            "started": None,
            "save": False,
            "ack_failure": True,
            "timeout": -1,
        }
        return f"{_OURS}{key}", SignedPackage.dumps(task)

    def acknowledge(self, task_id: Any) -> Any:
        """Forget a task that is done."""
        return None if _is_ours(task_id) else super().acknowledge(task_id)

    def delete(self, task_id: Any) -> Any:
        """Forget a task."""
        return None if _is_ours(task_id) else super().delete(task_id)

    def info(self) -> str:
        """What django-q2's monitor shows."""
        return f"Squid Mesh on ORM {Conf.ORM}"


def _is_ours(task_id: Any) -> bool:
    return isinstance(task_id, str) and task_id.startswith(_OURS)
