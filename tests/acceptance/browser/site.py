"""The site, as a server process of its own."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.acceptance.processes import end_group, until
from tests.ports import free_port


class Site:
    """A ``runserver`` on the test's database; ``url`` is where its admin is."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self._log = log
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/admin/"
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *command,
                    "runserver",
                    f"127.0.0.1:{self._port}",
                    "--noreload",
                    "--insecure",
                    "--skip-checks",
                ],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(self._answers, 30, "the site answers", lambda: self.log)

    @property
    def log(self) -> str:
        """What it has logged so far."""
        return self._log.read_text(errors="replace")

    def end(self) -> None:
        """End the server."""
        end_group(self._process)

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log
        with socket.socket() as candidate:
            return candidate.connect_ex(("127.0.0.1", self._port)) == 0
