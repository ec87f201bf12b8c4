"""``manage.py squid_mesh <verb>``: the operators' door in the shell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from squid_mesh.exceptions import SquidMeshError
from squid_mesh.management.verbs import VERBS
from squid_mesh.management.verbs.verb import Verb


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

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb. Exit codes: 0 well, 1 refused or found something, 2 wrong arguments."""
        verb: Verb = options["run"]
        try:
            code = verb.handle(options, self.stdout.write)
        except SquidMeshError as error:
            raise CommandError(f"{error.message} [{error.code}]") from error
        if code:
            raise SystemExit(code)
