"""Command line of the tests' Django project: for drift checks, and for the clusters that tests start."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command that the arguments name."""
    root = Path(__file__).resolve().parent.parent
    sys.path[0] = str(root)  # Python puts tests/ here, where `settings` would be another module
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
