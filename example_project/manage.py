"""The example project's command line: ``demo``, ``serve`` and all of Django's own commands."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["demo"]:
        # A file of its own, made anew each time: what `serve` keeps is never touched.
        os.environ.setdefault("NEWSDESK_FILE", "demo.sqlite3")

    from django.core.management import execute_from_command_line  # reads the settings named above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
