"""Executing runs in a project's own tests: no cluster, no waiting."""

from squid_mesh.testing.driving import fast_forward, run_until_idle

__all__ = ["fast_forward", "run_until_idle"]
