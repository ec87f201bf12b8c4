"""The test kit: runs are executed in the test's process, and days pass at once."""

from squid_mesh.testing.clock import virtual_time
from squid_mesh.testing.driving import advance, drain

__all__ = ["advance", "drain", "virtual_time"]
