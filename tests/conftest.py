"""Fixtures for all tests: the database, seeds, and processes beside the test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

from tests.seeds import choose_seed

# Slow examples are no failure, since machines may be loaded. In CI the examples are always the same.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture
def seed() -> int:
    """Return the seed of a randomised test. Threads and processes may still take turns in another order."""
    return choose_seed()


@pytest.fixture
def manage_command() -> tuple[str, ...]:
    """Return the start of a command line that runs a Django command in its own process."""
    return (sys.executable, str(Path(__file__).with_name("manage.py")))


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """Return the environment of a subprocess that works on this test's database.

    The test and the subprocess see each other's committed rows; the database is emptied afterwards. The
    triggers of the host application are off: a cluster would start runs whenever their time comes.
    """
    from squid_mesh.engine.clock.triggers import sync_triggers
    from squid_mesh.models import Trigger

    sync_triggers()
    off = {"enabled": False, "next_time": None, "due_at": None}
    Trigger.objects.filter(workflow__startswith="host.").update(**off)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SQUID_MESH_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
