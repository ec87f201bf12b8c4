"""Waiting for work: LISTEN on PostgreSQL, cheap polling elsewhere."""

from __future__ import annotations

import logging
import time
from typing import Any, Protocol

from django.db import Error, connections

from squid_mesh import conf
from squid_mesh.store.postgres_start import CHANNEL

logger = logging.getLogger("squid_mesh.dispatch")


class Bell(Protocol):
    """Something that can be waited on."""

    def wait(self, seconds: float) -> bool:
        """Whether it rang; False after so many seconds without."""


class PollingBell:
    """Never rings: returns after at most ``POLL_SECONDS``, so that the step table is looked at again."""

    def wait(self, seconds: float) -> bool:
        """Sleep, and say that nothing rang."""
        time.sleep(min(seconds, conf.current().POLL_SECONDS))
        return False


class ListeningBell:
    """A connection of its own that listens; when that is lost it is made anew."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._connection: Any = None

    def wait(self, seconds: float) -> bool:
        """Wait for a notification."""
        try:
            if self._connection is None:
                self._connection = self._listen()
                return True  # whatever was due before we listened is to be looked at
            rung = list(self._connection.notifies(timeout=seconds, stop_after=1))
        except Exception as error:  # noqa: BLE001 - the driver's errors, not Django's; told and mended
            logger.warning("Listening for work failed (%s); polling until it works again.", error)
            self._connection = None
            time.sleep(min(seconds, 0.5))
            return False
        return bool(rung)

    def _listen(self) -> Any:
        wrapper = connections[self._using].copy()
        wrapper.settings_dict["OPTIONS"].pop("pool", None)  # it stays ours, so it isn't one of the pool's
        connection = wrapper.get_new_connection(wrapper.get_connection_params())
        connection.autocommit = True
        connection.execute(f"LISTEN {CHANNEL}")
        return connection


def make_bell(using: str) -> Bell:
    """The best bell that the database has."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        try:
            from django.db.backends.postgresql.psycopg_any import is_psycopg3  # noqa: PLC0415
        except (ImportError, Error):
            return PollingBell()
        if is_psycopg3:
            return ListeningBell(using)
    return PollingBell()
