"""The application that breaks the workers of a negative control, once Django is ready."""

from __future__ import annotations

import os

from django.apps import AppConfig


class BrokenApp(AppConfig):
    """Break this process in the way that ``SQUID_MESH_TEST_BROKEN`` names."""

    name = "tests.faults"
    label = "broken"

    def ready(self) -> None:
        """Replace functions of the engine."""
        from tests.faults import broken_worker

        broken_worker.WAYS[os.environ["SQUID_MESH_TEST_BROKEN"]]()
