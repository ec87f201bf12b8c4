"""The databases of a host project, beside the test's own; their names come from the environment."""

from __future__ import annotations

import os
from typing import Any, Final

from tests.databases import database

#: The names, with commas between them.
NAMES: Final = "SQUID_MESH_HOST_DATABASES"


def host_databases() -> list[dict[str, Any]]:
    """Return an entry of ``DATABASES`` for each name."""
    return [{**database(os.environ), "NAME": name, "TEST": {}} for name in os.environ[NAMES].split(",")]
