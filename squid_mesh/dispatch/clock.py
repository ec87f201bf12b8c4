"""The clock of a cluster: a thread in its pusher that fires cron triggers and shows that it is alive."""

from __future__ import annotations

import logging
import threading

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.dispatch.cluster_heartbeat import Pulse
from squid_mesh.engine.clock.due_triggers import CronTime, fire_due_triggers
from squid_mesh.engine.clock.triggers import sync_triggers

logger = logging.getLogger("squid_mesh.dispatch")

#: What an operator or another cluster changed is seen after so many seconds at most.
_LONGEST_PAUSE = 1.0
#: A due trigger that another cluster holds is looked at again after so many seconds.
_SHORTEST_PAUSE = 0.1
#: What the thread is doing when its process ends gets so many seconds.
_LAST_TICK = 5.0


class Clock:
    """One thread with a database connection of its own.

    It first brings the triggers' rows in step with the code. It runs beside the pusher's loop, which waits
    where the host's own tasks fill the cluster's queue.
    """

    def __init__(self, cron_time: CronTime, pulse: Pulse) -> None:
        self._cron_time = cron_time
        self._pulse = pulse
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._synchronised = False

    def start(self) -> None:
        """Run until the process ends or :meth:`stop` is called."""
        self._thread = threading.Thread(target=self._run, name="squid-mesh-clock", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let the thread end after what it is doing."""
        self._stopped.set()

    def end(self) -> None:
        """Stop, and take the cluster off the list of those alive."""
        self.stop()
        if self._thread is not None:
            self._thread.join(_LAST_TICK)
        self._pulse.end()

    def _run(self) -> None:
        pause = 0.0
        while not self._stopped.wait(pause):
            pause = self._tick()
        connections.close_all()

    def _tick(self) -> float:
        """Show that the cluster is alive, fire what is due; how many seconds to wait then."""
        try:
            self._pulse.beat()
            if not self._synchronised:
                sync_triggers(self._cron_time)
                self._synchronised = True
            until_next = fire_due_triggers(self._cron_time)
        except Error:
            logger.exception("The clock lost the database; trying again.")
            connections[conf.database()].close()
            return _LONGEST_PAUSE
        except Exception:
            # One that fails here fails at once again; the thread must outlive it all the same.
            logger.exception("The clock could not fire; trying again.")
            return _LONGEST_PAUSE
        if until_next is None:
            return _LONGEST_PAUSE
        return min(max(until_next.total_seconds(), _SHORTEST_PAUSE), _LONGEST_PAUSE)
