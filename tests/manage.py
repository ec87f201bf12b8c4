"""The command line of the tests' Django project: for migration checks, and for the processes of tests."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def main() -> None:
    """Run the command in the arguments."""
    root = Path(__file__).resolve().parent.parent
    sys.path[0] = str(root)  # Python puts tests/ here, where `settings` would be another module
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from django.core.management import execute_from_command_line

    if "runserver" in sys.argv:  # ends by SIGTERM as by Ctrl-C, so that its coverage is written
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
