"""A broker with which no cluster can start."""

from __future__ import annotations

from squid_mesh.dispatch.broker import Broker


class BrokenBroker(Broker):
    """Fails in the sentinel, before it starts the other processes."""

    def ping(self) -> bool:
        """Fail."""
        raise RuntimeError("this cluster can't start")
