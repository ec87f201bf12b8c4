"""The pulse of a cluster: a row that says that it is alive, by the database's clock."""

from __future__ import annotations

import logging
import socket
import time
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from django.db import Error
from django_q.conf import Conf

from squid_mesh import conf
from squid_mesh.store.clusters import add_cluster, delete_cluster, delete_dead_clusters, renew_cluster

logger = logging.getLogger("squid_mesh.dispatch")

#: A cluster shows itself every so many seconds.
EVERY: Final = 5.0
#: What a killed cluster leaves is forgotten after so many seconds, when another starts.
_KEPT: Final = 86_400.0


class Pulse:
    """One row in the table of clusters, kept fresh by :meth:`beat` until :meth:`end`.

    ``leader`` is the process that a supervisor started, and stops.
    """

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._ended = False
        self._id: int | None = None
        self._next = 0.0

    def beat(self) -> None:
        """Show that the cluster is alive, if that is due; the first time also forget those long dead."""
        if self._ended or time.monotonic() < self._next:
            return
        using = conf.database()
        if self._id is None:
            delete_dead_clusters(_KEPT, using)
        if self._id is None or not renew_cluster(self._id, using):
            self._id = add_cluster(
                name=str(Conf.CLUSTER_NAME)[:100],
                host=socket.gethostname()[:200],
                pid=self._leader,
                workers=int(Conf.WORKERS),
                version=_version(),
                using=using,
            )
        self._next = time.monotonic() + EVERY

    def end(self) -> None:
        """Say that it is over, as far as the database lets us."""
        self._ended = True
        if self._id is None:
            return
        try:
            delete_cluster(self._id, conf.database())
        except Error:
            logger.warning("The cluster's row can't be removed; it is taken for dead soon.", exc_info=True)


def _version() -> str:
    try:
        return version("squid-mesh")
    except PackageNotFoundError:  # used from a checkout that nobody installed
        return ""
