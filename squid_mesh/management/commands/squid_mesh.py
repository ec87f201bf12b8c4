"""``manage.py squid_mesh <verb>``: the operators' door in the shell."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from squid_mesh.definitions.problems import did_you_mean
from squid_mesh.exceptions import SquidMeshError
from squid_mesh.management.verbs import VERBS
from squid_mesh.management.verbs.output import json_of
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
            if not options["json"]:
                raise CommandError(f"{error.message} [{error.code}]") from error
            self.stderr.write(json_of(error.as_dict()), style_func=str)
            code = 1
        if code:
            raise SystemExit(code)
