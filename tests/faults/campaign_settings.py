"""Settings of the clusters of a campaign. What differs between campaigns comes from the environment.

================================  =================================================================
``SQUID_MESH_TEST_LOCK_TIMEOUT``  seconds that a process waits for a lock of SQLite
``SQUID_MESH_TEST_BROKEN``        a way to break the workers, for a negative control: ``broken_worker``
================================  =================================================================
"""

from __future__ import annotations

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS
from tests.settings import SQUID_MESH as ORDINARY

LOCK_TIMEOUT = "SQUID_MESH_TEST_LOCK_TIMEOUT"
BROKEN = "SQUID_MESH_TEST_BROKEN"

SQUID_MESH = {**ORDINARY, "WORKERS": 3}

if LOCK_TIMEOUT in os.environ and "timeout" in DATABASES["default"].get("OPTIONS", {}):
    DATABASES["default"]["OPTIONS"]["timeout"] = float(os.environ[LOCK_TIMEOUT])
if BROKEN in os.environ:
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.broken_app.BrokenApp"]
