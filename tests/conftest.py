"""Fixtures that every test may use: the database, and processes beside the test."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings

# A loaded machine is no failing property. In CI the same cases are drawn every time.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture
def manage_command() -> tuple[str, ...]:
    """The start of a command line that runs a Django command in a process of its own."""
    return (sys.executable, str(Path(__file__).with_name("manage.py")))


@pytest.fixture
def process_environment(transactional_db: None) -> dict[str, str]:
    """Environment of a subprocess that is to work on this very test's database.

    Such a test sees and leaves committed rows, so its database is emptied afterwards.
    """
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "SQUID_MESH_TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
    }
