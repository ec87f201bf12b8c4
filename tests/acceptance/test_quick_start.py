"""The README's quick start, in an empty project: at most fourteen lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.acceptance.processes import Cluster, until

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 14


def blocks() -> list[str]:
    """Return the code blocks of the quick start."""
    text = (ROOT / "README.md").read_text()
    section = text[text.index("## Ten lines") : text.index("In more detail:")]
    return re.findall(r"```\w+\n(.*?)```", section, re.DOTALL)


def test_the_readmes_lines_are_enough_for_an_empty_project(tmp_path: Path) -> None:
    install, settings, workflow, commands = blocks()
    lines = [line for block in blocks() for line in block.splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    assert install.split() == ["pip", "install", "squid-mesh"]

    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("-m", "django", "startproject", "mysite", ".")
    with (tmp_path / "mysite" / "settings.py").open("a") as file:
        file.write(settings)
    (tmp_path / "mysite" / "workflows.py").write_text(workflow)
    migrate, worker = (line.removeprefix("python manage.py ").split() for line in commands.splitlines())
    run("manage.py", *migrate)
    cluster = Cluster(
        [sys.executable, str(tmp_path / "manage.py")], environment, tmp_path / "log", verb=worker
    )
    try:
        run("manage.py", "squid_mesh", "start", "mysite.Greet", "--wait", "60")
        until(
            lambda: "completed" in run("manage.py", "squid_mesh", "runs"),
            20,
            "the run has completed",
            lambda: cluster.log,
        )
        assert cluster.stop() == 0
    finally:
        cluster.end()
