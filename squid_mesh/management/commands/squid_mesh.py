"""``manage.py squid_mesh <verb>``: the command line for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.exceptions import SquidMeshError
from squid_mesh.management.cli.output import json_of, safe_line
from squid_mesh.management.cli.verb import Verb
from squid_mesh.management.verbs import VERBS
from squid_mesh.printable import escape_controls


class Command(BaseCommand):
    """Dispatches to the verbs, each a module of ``squid_mesh.management.verbs``."""

    help = "Inspect and control workflows and runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a subparser for each verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        for verb in VERBS:
            own = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
            verb.add_arguments(own)
            own.set_defaults(run=verb)

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command; for an unknown verb, name the one that the user may mean."""
        given, known = argv[2] if len(argv) > 2 else "-", [verb.name for verb in VERBS]
        if given[:1] != "-" and given not in known:
            self._called_from_command_line = True
            parser = self.create_parser(argv[0], argv[1])
            parser.error(f"unknown verb {given!r}{did_you_mean(given, known)}; known: {', '.join(known)}")
        super().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Skip the system checks for a verb that reports problems itself."""
        verb: Verb = options["run"]
        if not verb.needs_checks:
            options["skip_checks"] = True
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb. Exit codes: 0 success, 1 an error or a problem found, 2 invalid arguments."""
        verb: Verb = options["run"]
        try:
            code = verb.handle(options, self._write)
        except SquidMeshError as error:
            self._fail(error.as_dict(), error, as_json=options["json"])
        except DatabaseError as error:
            text = (
                f"The database failed: {str(error).strip()}. Run manage.py squid_mesh doctor to find out why."
            )
            details = {"code": "database_error", "message": text, "details": {}}
            self._fail(details, error, as_json=options["json"])
        if code:
            raise SystemExit(code)

    def _write(self, text: str) -> None:
        self.stdout.write(safe_line(text))

    def _fail(self, details: Mapping[str, Any], error: Exception, *, as_json: bool) -> NoReturn:
        """Write the error and exit with 1. JSON goes to standard output, as standard error also has logs."""
        if as_json:
            self._write(json_of(details))
            raise SystemExit(1) from error
        message = escape_controls(f"{details['message']} [{details['code']}]", keep_lines=True)
        raise CommandError(message) from error
