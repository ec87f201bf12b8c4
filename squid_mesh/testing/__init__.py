"""Driving runs in a host's tests: no cluster, no sleeping."""

from squid_mesh.testing.driving import fast_forward, run_until_idle

__all__ = ["fast_forward", "run_until_idle"]
