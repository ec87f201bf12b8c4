"""The example's REST interface with requests that are made from its OpenAPI schema, by schemathesis.

``SQUID_MESH_TEST_CONTRACT=all`` sends many, with more seeds; `make contract` does that.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.acceptance.test_example_project import Process, _free_port

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
COMMAND = Path(sys.executable).with_name("schemathesis")
FULL = os.environ.get("SQUID_MESH_TEST_CONTRACT") == "all"
#: Examples for each operation, and the seconds in which they are sent.
EXAMPLES, SECONDS = (100, 1200) if FULL else (4, 8)


class Site:
    """The running example."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.address = process.until(r"^REST +(http://\S+/api/)docs/$")[1]
        process.until("Quit the server")
        self.password = process.until(r"^Login +demo / (\S+) ")[1]

    @property
    def output(self) -> str:
        """What the server has written."""
        return self._process.output


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("example")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    for name in ("DATABASE_URL", "EXAMPLE_SQLITE_FILE"):
        inherited.pop(name, None)
    own = {"EXAMPLE_DATA_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1", "PORT": str(_free_port())}
    settings = {"DJANGO_SETTINGS_MODULE": "tests.acceptance.example_settings", "PYTHONPATH": str(ROOT)}
    process = Process(["serve"], inherited | own | settings | {"DEBUG": "0"}, folder)
    try:
        yield Site(process)
    finally:
        process.end()


def test_the_interactive_page_loads_everything_from_the_site(site: Site) -> None:
    page = requests.get(f"{site.address}docs/", auth=("demo", site.password), timeout=10)
    assert page.status_code == 200
    assert set(re.findall(r'(?:src|href)="(/|\w+:)', page.text)) == {"/"}
    assert requests.get(f"{site.address}docs/", timeout=10).status_code in (401, 403)


def test_made_up_requests_find_no_difference_from_the_schema(site: Site, seed: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(str(COMMAND), "--config-file", str(CONFIG), "run", f"{site.address}schema/?format=json"),
            *("--auth", f"demo:{site.password}", "--checks", "all", "--no-color", "--warnings", "off"),
            *(
                "--seed",
                str(seed if FULL else 1),
                "--max-examples",
                str(EXAMPLES),
                "--max-time",
                str(SECONDS),
            ),
            *(() if FULL else ("--phases", "fuzzing,stateful")),
            *("--generation-database", "none"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * SECONDS + 120,
    )
    print(done.stdout[-20_000:], done.stderr[-2_000:])  # noqa: T201 - pytest shows it if the test fails
    assert re.search(r"^ *\d+ generated", done.stdout, re.MULTILINE)
    assert done.returncode == 0, done.stdout[-20_000:]
    assert "Traceback" not in site.output
