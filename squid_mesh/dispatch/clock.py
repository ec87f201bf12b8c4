"""The clock of a cluster: a thread of its pusher that fires cron triggers and renews the cluster's row."""

from __future__ import annotations

import threading

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.dispatch.cluster_heartbeat import ClusterHeartbeat
from squid_mesh.engine.clock.due_triggers import CronTime, fire_due_triggers
from squid_mesh.engine.clock.triggers import sync_triggers
from squid_mesh.engine.connection_errors import drop_connection
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own

logger = GuardedLogger("squid_mesh.dispatch")

#: Seconds until a change by an operator or another cluster is noticed, at most.
_LONGEST_PAUSE = 1.0
#: Seconds until a due trigger that another cluster holds is tried again.
_SHORTEST_PAUSE = 0.1
#: Seconds that the thread has to finish when its process exits.
_LAST_TICK = 5.0


class Clock:
    """One thread with its own database connection.

    It first synchronises the triggers' rows with the code. It is a thread because the pusher's loop blocks
    while the host's own tasks fill the cluster's queue.
    """

    def __init__(self, cron_time: CronTime, heartbeat: ClusterHeartbeat) -> None:
        self._cron_time = cron_time
        self._heartbeat = heartbeat
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._synchronised = False

    def start(self) -> None:
        """Run until the process exits or :meth:`stop` is called."""
        self._thread = threading.Thread(target=self._run, name="squid-mesh-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end after its current tick."""
        self._stopped.set()

    def end(self) -> None:
        """Stop, and remove the cluster from the list of running clusters."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_LAST_TICK)
        self._heartbeat.end()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            own.beat_clock()
            pause = self._tick()
        connections.close_all()

    def _tick(self) -> float:
        """Renew the cluster's row and fire due triggers; return how many seconds to wait."""
        try:
            self._heartbeat.beat()
            if not self._synchronised:
                sync_triggers(self._cron_time)
                self._synchronised = True
            until_next = fire_due_triggers(self._cron_time)
        except Error:
            logger.exception("The clock failed with a database error; trying again.")
            drop_connection(conf.database())
            return _LONGEST_PAUSE
        except BaseException:
            # Whatever failed will fail again; the thread must go on for the other triggers.
            logger.exception("The clock failed to fire triggers; trying again.")
            return _LONGEST_PAUSE
        if until_next is None:
            return _LONGEST_PAUSE
        return min(max(until_next.total_seconds(), _SHORTEST_PAUSE), _LONGEST_PAUSE)
