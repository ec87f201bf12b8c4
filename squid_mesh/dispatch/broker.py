"""The broker: django-q2's own ORM broker for the host's tasks, and the step table for workflows.

Set it as ``Q_CLUSTER["broker_class"] = "squid_mesh.dispatch.broker.Broker"``. A delivery for due steps is
made when the cluster asks for work. It has no row, so none can be lost, doubled or delayed in a table.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
import uuid
from collections.abc import Sequence
from datetime import datetime
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
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.dispatch.connection_pools import guard_forks
from squid_mesh.dispatch.pulse import Event, Pulse
from squid_mesh.engine.connection_errors import drop_connection
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own
from squid_mesh.store import missing
from squid_mesh.store.backend import WakeUpListener, backend_of

logger = GuardedLogger("squid_mesh.dispatch")

_OURS = "squid_mesh:"
#: Seconds. The cluster checks its stop event between two dequeues, so a dequeue takes no longer.
_LONGEST_WAIT = 1.0
#: Seconds. A shorter wait for a step that is due soon would be a busy loop.
_SHORTEST_WAIT = 0.002
#: Seconds. While steps are left to other clusters, looking for due work passes over all of them, which may be
#: thousands. So it isn't repeated sooner, however often other clusters' work wakes this one.
_LEAVING_WAIT = 0.1
#: Seconds until due steps are counted again if workers are about to claim them all.
_CLAIMING_WAIT = 0.01
#: Seconds. A delivery that no worker has started after that time was lost with its worker.
_LOST_AFTER = 10.0
#: Seconds without a delivery until workers without a supervisor are asked whether they take one.
_ASK_AFTER = 60.0


class Broker(ORM):
    """Deliver due steps, and the host's own tasks."""

    # Class attributes, because unpickling a broker in another process doesn't call __init__.
    _pulse: Pulse | None = None
    _sent = 0
    _last_sent = 0.0
    _has_just_sent = False
    _next_in = _LONGEST_WAIT
    _read_host_tasks_at = 0.0
    _listener: WakeUpListener | None = None
    _clock: Clock | None = None
    _leader = 0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Called in the process that starts the cluster, and in processes that send tasks."""
        super().__init__(*args, **kwargs)
        guard_forks()

    def ping(self) -> bool:
        """Create what pusher and workers share. The sentinel calls this once, before it forks them."""
        board = own.board()
        self._leader = os.getppid() if board is None else board.supervisor
        self._pulse = Pulse()
        delivery.record_in(self._pulse)
        missing.share()
        answered = bool(super().ping())
        gc.collect()
        gc.freeze()  # what the project has loaded stays: no process forked from now on examines it again
        return answered

    def dequeue(self) -> Sequence[tuple[Any, str]] | None:
        """Return the host's tasks and deliveries for due steps; None after a wait if there are none.

        A cluster's pusher calls this, and the clock is a thread of the pusher. A pusher whose sentinel died
        exits: otherwise a cluster that may have no workers would look alive.
        """
        sentinel = multiprocessing.parent_process()
        if sentinel is not None and sentinel.pid != os.getppid():
            logger.critical("The cluster's sentinel died, so its pusher exits. Start the cluster again.")
            raise SystemExit(1)
        own.beat()
        if own.is_stopping():
            return None
        if self._clock is None and sentinel is not None:
            self._clock = Clock(self.cron_time, ClusterHeartbeat(self._leader, self._pulse))
            self._clock.start()
            Finalize(None, self._clock.end, exitpriority=1)  # not called if the pusher is killed
        try:
            found = self._deliveries()
            if not found or self._must_read_host_tasks():
                found += self._host_tasks()
            if not found:
                self._wait()
        except Error:
            logger.exception("Reading due work failed; trying again.")
            for alias in {conf.database(), Conf.ORM}:
                if not connections[alias].in_atomic_block:
                    drop_connection(alias)
            time.sleep(_LONGEST_WAIT)
            return None
        return found or None

    def cron_time(self, now: datetime) -> datetime:
        """Return the time that decides which cron triggers fire: ``now``, which is the database's.

        A demonstration or a test may override it to make days pass in minutes. It must not go backwards.
        """
        return now

    def _wait(self) -> None:
        if self._listener is None:
            self._listener = backend_of(conf.database()).open_listener()
        began = time.monotonic()
        self._listener.wait(min(_LONGEST_WAIT, Conf.POLL, max(self._next_in, _SHORTEST_WAIT)))
        if missing.list_left():
            time.sleep(max(0.0, began + _LEAVING_WAIT - time.monotonic()))

    def _must_read_host_tasks(self) -> bool:
        """Return whether the host's tasks have waited for so long that deliveries must wait for them."""
        return time.monotonic() >= self._read_host_tasks_at + float(Conf.POLL)

    def _host_tasks(self) -> list[tuple[Any, str]]:
        """Return the host's tasks as the ORM broker does, and as often, whatever wakes this process."""
        if time.monotonic() < self._read_host_tasks_at:
            return []
        found = self._rows().filter(key=self.list_key, lock__lt=timezone.now())[: Conf.BULK]
        taken = []
        for task in found:
            mine = self._rows().filter(pk=task.pk, lock=task.lock)
            if mine.update(lock=self.timeout(task)):
                taken.append((task.pk, task.payload))
        self._read_host_tasks_at = 0.0 if taken else time.monotonic() + Conf.POLL
        return taken

    def _rows(self) -> Any:
        from django_q.models import OrmQ  # noqa: PLC0415 - needs the app registry

        return OrmQ.objects.using(Conf.ORM)

    def _count_workers(self) -> tuple[int, int]:
        """Return how many more deliveries the workers can start at once, and how many are on the way.

        The workers of those on the way haven't looked yet: they will claim steps that are still due now.
        """
        if self._pulse is None:
            return int(Conf.WORKERS), 0
        self._pulse.read()
        started = self._pulse.started
        if self._sent < started:  # this pusher replaced another one
            self._sent = started
        if self._sent > started and time.monotonic() - self._last_sent > _LOST_AFTER:
            self._sent = started
        unstarted = self._sent - started
        return int(Conf.WORKERS) - unstarted, unstarted + self._pulse.looking()

    def _deliveries(self) -> list[tuple[Any, str]]:
        if self._has_just_sent:  # all that was due; what becomes due now ends the wait by a notification
            self._has_just_sent, self._next_in = False, _CLAIMING_WAIT
            return []
        self._next_in = _LONGEST_WAIT
        free, on_the_way = self._count_workers()
        if free <= 0:
            return []
        found = backend_of(conf.database()).find_due_work(free + on_the_way)
        due = max(found.steps, int(found.expired))
        wanted = min(free, due - on_the_way)
        if found.next_in is not None:
            self._next_in = found.next_in
        if wanted > 0:
            self._note_sent(wanted)
        elif due:
            self._next_in = min(self._next_in, _CLAIMING_WAIT)
            return []
        elif self._must_ask():
            self._note_sent(1)
            return [self._package(delivery.ANSWER_PATH)]
        return [self._package(delivery.PATH, found.expired and n == 0) for n in range(wanted)]

    def _note_sent(self, deliveries: int) -> None:
        self._sent += deliveries
        self._has_just_sent = True
        self._last_sent = time.monotonic()
        if self._pulse is not None:
            self._pulse.note_sent()

    def _must_ask(self) -> bool:
        """Return whether nothing shows that the workers work. A frozen cluster looks like a quiet one."""
        silent = time.monotonic() - self._last_sent
        return self._clock is not None and own.board() is None and silent > _ASK_AFTER

    def _package(self, path: str, *args: Any) -> tuple[str, str]:
        key = uuid.uuid4().hex
        task: dict[str, Any] = {
            "id": key,
            "name": f"squid-mesh-{key[:8]}",
            "func": path,
            "args": args,
            "kwargs": {},
            "started": None,
            "save": False,
            "ack_failure": True,
            "timeout": -1,
        }
        return f"{_OURS}{key}", SignedPackage.dumps(task)

    def acknowledge(self, task_id: Any) -> Any:
        """Delete a task that was executed."""
        if not _is_ours(task_id):
            return super().acknowledge(task_id)
        if self._pulse is not None:
            self._pulse.record(Event.HANDLED)
        return None

    def give_back(self, task_ids: Sequence[Any]) -> None:
        """Let other clusters have the project's tasks of this list at once. No worker has started them."""
        keys = [key for key in task_ids if not _is_ours(key)]
        try:
            self._rows().filter(pk__in=keys).update(lock=timezone.now())
        except Error:
            logger.warning("Tasks can't be given back; they are delivered again later.", exc_info=True)

    def delete(self, task_id: Any) -> Any:
        """Delete a task."""
        return None if _is_ours(task_id) else super().delete(task_id)

    def info(self) -> str:
        """Return the text that django-q2's monitor shows."""
        return f"Squid Mesh on ORM {Conf.ORM}"


def _is_ours(task_id: Any) -> bool:
    return isinstance(task_id, str) and task_id.startswith(_OURS)
