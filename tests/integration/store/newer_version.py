"""A worker of a later version, which reads and writes format 2. Run as a process of its own."""

from __future__ import annotations

import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()

    from squid_mesh import api
    from squid_mesh.definitions import blueprint
    from squid_mesh.engine.recovery import recover_lost_steps

    blueprint.FORMAT = 2  # type: ignore[misc]
    recovered = recover_lost_steps()
    sys.stdout.write(f"{recovered} {api.execute_due(seconds=float(sys.argv[1]))}")
