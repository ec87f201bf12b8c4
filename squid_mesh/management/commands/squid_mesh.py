"""``manage.py squid_mesh <verb>``: the operators' door in the shell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.exceptions import SquidMeshError
from squid_mesh.management.cli.output import json_of
from squid_mesh.management.cli.verb import Verb
from squid_mesh.management.verbs import VERBS


class Command(BaseCommand):
    """Dispatches to the verbs, each a module of ``squid_mesh.management.verbs``."""

    help = "Look at workflows and steer them."

    def add_arguments(self, parser: CommandParser) -> None:
        """One sub-parser a verb."""
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="verb")
        for verb in VERBS:
            own = verbs.add_parser(verb.name, help=verb.help, description=verb.help)
            verb.add_arguments(own)
            own.set_defaults(run=verb)

    def run_from_argv(self, argv: list[str]) -> None:
        """As the shell runs it; a verb that there isn't is answered with the one that may be meant."""
        given, known = argv[2] if len(argv) > 2 else "-", [verb.name for verb in VERBS]
        if given[:1] != "-" and given not in known:
            self._called_from_command_line = True
            parser = self.create_parser(argv[0], argv[1])
            parser.error(f"there is no verb {given!r}{did_you_mean(given, known)}; known: {', '.join(known)}")
        super().run_from_argv(argv)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """A verb that looks for what is wrong begins where the system checks would end it."""
        verb: Verb = options["run"]
        if not verb.needs_checks:
            options["skip_checks"] = True
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb. Exit codes: 0 well, 1 refused or found something, 2 wrong arguments."""
        verb: Verb = options["run"]
        try:
            code = verb.handle(options, self.stdout.write)
        except SquidMeshError as error:
            self._refuse(error.as_dict(), error, as_json=options["json"])
        except DatabaseError as error:
            told = f"The database failed: {str(error).strip()}. manage.py squid_mesh doctor may know why."
            fault = {"code": "database_error", "message": told, "details": {}}
            self._refuse(fault, error, as_json=options["json"])
        if code:
            raise SystemExit(code)

    def _refuse(self, fault: Mapping[str, Any], error: Exception, *, as_json: bool) -> NoReturn:
        """Say it, and end with 1. JSON goes to standard output: standard error has warnings and logs too."""
        if as_json:
            self.stdout.write(json_of(fault))
            raise SystemExit(1) from error
        raise CommandError(f"{fault['message']} [{fault['code']}]") from error
