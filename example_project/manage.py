"""The example project's commands: ``demo``, ``serve`` and all commands of Django."""

import os
import sys


def main() -> None:
    """Run the command of the arguments."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["demo"]:
        # The demo recreates its SQLite file each time, so it must not be the one that `serve` uses.
        os.environ.setdefault("EXAMPLE_SQLITE_FILE", "demo.sqlite3")

    from django.core.management import execute_from_command_line  # reads the settings set above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
