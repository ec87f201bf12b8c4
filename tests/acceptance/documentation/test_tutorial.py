"""The tutorial: each command and file, from an empty folder to an approved run in the admin and over REST."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.documentation.page import ByHand, Commands, File, read_page
from tests.acceptance.documentation.terminal import Terminal
from tests.acceptance.documentation.visitor import Visitor
from tests.acceptance.processes import SUPERVISED, Cluster, until
from tests.acceptance.wheels import build_wheel, share_packages
from tests.ports import free_port

PAGE = Path(__file__).resolve().parents[3] / "docs" / "tutorial" / "index.md"
SECONDS = 90


class Reader:
    """Does what the page says. Commands that don't end get a terminal of their own, as it says."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self._project = folder / "timeoff"
        self._port = free_port()
        self._site = f"http://127.0.0.1:{self._port}"
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("DJANGO_", "PYTHON", "PIP_"))
        }
        # `pip install` installs this repository's wheel; its dependencies are there already.
        self._environment = kept | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_FIND_LINKS": str(wheel.parent),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self._run = ""
        self._clusters: list[Cluster] = []
        self._stack = ExitStack()
        self._terminal = self._stack.enter_context(Terminal(folder, self._environment))

    def end(self) -> None:
        for cluster in self._clusters:
            cluster.end()
        self._stack.close()

    def do(self, part: Commands | File | ByHand) -> None:
        match part:
            case File():
                path = self._project / part.name
                with path.open("a" if part.name.endswith(("settings.py", "urls.py")) else "w") as file:
                    file.write(part.text)
            case Commands(lines="python manage.py squid_mesh worker\n"):
                self._start("worker", SUPERVISED)
            case Commands(lines="python manage.py runserver\n"):
                self._start("site", ("runserver", f"127.0.0.1:{self._port}", "--noreload"))
            case Commands():
                self._execute(part)
            case ByHand("stop the worker"):
                assert self._clusters[0].stop() == 0, self._clusters[0].log
            case ByHand("approve in the admin"):
                self._approve()
            case ByHand("see the completed run in the admin"):
                self._see()
            case _:
                pytest.fail(f"The test can't do this: {part}")

    def _execute(self, commands: Commands) -> None:
        lines = commands.lines.replace("<run id>", self._run).replace("http://127.0.0.1:8000", self._site)
        printed = self._terminal.run(lines)
        if "-m venv" in lines:
            share_packages(self._project / ".venv")
        if re.search("squid_mesh (runs|explain)", lines):  # what a worker has done a moment later
            printed = until(
                lambda: text if commands.is_printed(text := self._terminal.run(lines)) else "",
                20,
                f"{lines} prints {commands.output}",
                lambda: self._clusters[0].log,
            )
        assert commands.is_printed(printed), f"{commands.output}\nisn't in\n{printed}"
        if started := re.search(r"Run (\S+) of", printed):
            self._run = started[1]

    def _start(self, name: str, verb: tuple[str, ...]) -> None:
        python = str(self._project / ".venv" / "bin" / "python")
        log = self._project / f"{name}.log"
        self._clusters.append(
            Cluster([python, str(self._project / "manage.py")], self._environment, log, verb)
        )
        if name == "site":
            site = self._clusters[-1]
            until(lambda: "Quit the server" in site.log, 20, "the site is up", lambda: site.log)

    def _approve(self) -> None:
        self._visitor = Visitor(self._site)
        self._visitor.open("/admin/")
        self._visitor.submit("Log in", username="ada", password="tutorial")
        self._visitor.press_link("Workflows")
        self._visitor.press_link("Waiting for me")
        assert "May this employee take these days off?" in self._visitor.text()
        self._visitor.press_link("Decide")
        self._visitor.submit("Approve", comment="Enjoy the mountains.")

    def _see(self) -> None:
        def shows_it() -> bool:
            self._visitor.open("/admin/squid_mesh/")
            self._visitor.press_link("Runs")
            self._visitor.press_link(self._run)
            return f"leave.LeaveRequest {self._run} completed" in self._visitor.text()

        until(shows_it, 20, "the run is completed", lambda: self._clusters[-1].log)
        for text in ("5 days for Grace", "Enjoy the mountains.", "ada"):
            assert text in self._visitor.text(), self._visitor.text()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    folder = tmp_path / "empty"
    folder.mkdir()
    reader = Reader(folder, build_wheel(wheels))
    try:
        yield reader
    finally:
        reader.end()


def test_the_tutorial_leads_from_an_empty_folder_to_an_approved_run(reader: Reader) -> None:
    began = time.monotonic()
    parts = read_page(PAGE)
    assert sum(isinstance(part, ByHand) for part in parts) == 3
    for part in parts:
        reader.do(part)
    assert time.monotonic() - began < SECONDS
