"""The heartbeat of a cluster: a row that shows by the database's clock that it is alive."""

from __future__ import annotations

import socket
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from django.db import Error
from django_q.conf import Conf

from squid_mesh import conf
from squid_mesh.dispatch.pulse import Pulse
from squid_mesh.engine.worker.missing_code import stop_leaving, welcome_cluster
from squid_mesh.hooks import GuardedLogger
from squid_mesh.processes import own
from squid_mesh.store import missing
from squid_mesh.store.clusters import (
    add_cluster,
    delete_cluster,
    delete_dead_clusters,
    delete_predecessors,
    renew_cluster,
)

logger = GuardedLogger("squid_mesh.dispatch")

#: A cluster renews its row after that many seconds.
RENEW_SECONDS: Final = 5.0
#: Seconds. A delivery that no worker starts for so long is shown, and a result that isn't handled.
STALL_SECONDS: Final = 10.0
#: The row of a cluster that was killed is deleted after that many seconds, when another cluster starts.
_KEPT_SECONDS: Final = 86_400.0


class ClusterHeartbeat:
    """One row in the table of clusters, renewed by :meth:`beat` until :meth:`end`.

    ``leader`` is the id of the process that a process manager starts and stops. ``pulse`` knows whether the
    workers and the monitor do their work, which the row shows.
    """

    def __init__(self, leader: int, pulse: Pulse | None = None) -> None:
        self._leader = leader
        self._pulse = pulse
        self._ended = False
        self._id: int | None = None
        self._next = 0.0

    def beat(self) -> None:
        """Renew the cluster's row if that is due. The first call also deletes rows of long dead clusters."""
        if self._ended or time.monotonic() < self._next:
            return
        settings = conf.current()
        using = settings.DATABASE
        if self._id is None:
            delete_dead_clusters(_KEPT_SECONDS, using)
            if own.board() is not None:
                delete_predecessors(socket.gethostname()[:200], self._leader, using)
        shown = missing.list_shown(time.monotonic())
        if self._id is None or not renew_cluster(self._id, using, missing=shown, **self._stalls()):
            self._id = add_cluster(
                name=str(Conf.CLUSTER_NAME)[:100],
                host=socket.gethostname()[:200],
                pid=self._leader,
                workers=int(Conf.WORKERS),
                version=_version(),
                supervised=own.board() is not None,
                using=using,
            )
            missing.show_cluster(self._id)
            welcome_cluster(settings)
        stop_leaving(settings)
        self._next = time.monotonic() + RENEW_SECONDS

    def _stalls(self) -> dict[str, float | None]:
        """Return for how long workers have started nothing, and the monitor has handled nothing."""
        if self._pulse is None:
            return {"unstarted": None, "unhandled": None}
        found = {
            "unstarted": self._pulse.unstarted_seconds(int(Conf.WORKERS)),
            "unhandled": self._pulse.unhandled_seconds(),
        }
        return {key: seconds if seconds >= STALL_SECONDS else None for key, seconds in found.items()}

    def end(self) -> None:
        """Delete the cluster's row. A database error is logged, not raised."""
        self._ended = True
        if self._id is None:
            return
        try:
            delete_cluster(self._id, conf.database())
        except Error:
            logger.warning(
                "The row of the stopped cluster can't be deleted.",
                exc_info=True,
            )


def _version() -> str:
    try:
        return version("squid-mesh")
    except PackageNotFoundError:  # used from a checkout that isn't installed
        return ""
