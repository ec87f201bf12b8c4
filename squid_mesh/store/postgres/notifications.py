"""Waking clusters with NOTIFY, and waiting for it with LISTEN."""

from __future__ import annotations

import time
from typing import Any, Final

from django.db import connections

from squid_mesh.hooks import GuardedLogger

logger = GuardedLogger("squid_mesh.store")

#: The channel on which workers are notified.
CHANNEL: Final = "squid_mesh"
#: After an error, the listener waits at most that many seconds before it connects again.
_PAUSE: Final = 0.5


def notify_workers(using: str) -> None:
    """Wake the clusters that listen, once the transaction commits."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


class NotificationListener:
    """Listen on a connection of its own; after an error, on a new one. Needs psycopg 3."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._connection: Any = None

    def wait(self, seconds: float) -> bool:
        """Wait for a notification for at most that many seconds; return whether one came."""
        try:
            if self._connection is None:
                self._connection = self._listen()
                return True  # work may have become due before we listened
            received = list(self._connection.notifies(timeout=seconds, stop_after=1))
        except Exception as error:  # noqa: BLE001 - the driver's errors, not Django's; logged, and handled
            logger.warning("Listening for work failed (%s); polling until it works again.", error)
            self._connection = None
            time.sleep(min(seconds, _PAUSE))
            return False
        return bool(received)

    def _listen(self) -> Any:
        wrapper = connections[self._using].copy()
        wrapper.settings_dict["OPTIONS"].pop("pool", None)  # the listener keeps it, so it can't be pooled
        connection = wrapper.get_new_connection(wrapper.get_connection_params())
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection
