"""``manage.py squid_mesh …`` in this process: its output and its exit code."""

from __future__ import annotations

import json
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Any

from django.core.management import CommandError

from squid_mesh.management.commands.squid_mesh import Command


@dataclass(frozen=True)
class Result:
    """The output of a command and its exit code."""

    out: str
    err: str
    code: int

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        """Return the error in JSON."""
        assert self.code == 1
        assert not self.err
        return json.loads(self.out)


def shell(*arguments: object) -> Result:
    """Run a verb as the shell does, with its arguments parsed."""
    out, err = StringIO(), StringIO()
    command = Command(stdout=out, stderr=err, no_color=True)
    command._called_from_command_line = True
    with redirect_stderr(err):
        try:
            options = vars(command.create_parser("manage.py", "squid_mesh").parse_args(map(str, arguments)))
            command.execute(skip_checks=options.pop("skip_checks"), **options)
        except SystemExit as end:
            return Result(out.getvalue(), err.getvalue(), int(str(end.code)))
        except CommandError as error:
            return Result(out.getvalue(), str(error), error.returncode)
    return Result(out.getvalue(), err.getvalue(), 0)
