"""The example project as a newcomer meets it: its commands, run as processes of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psutil
import pytest
import requests
from django.db import connection
from pytest_django import DjangoDbBlocker

MANAGE = Path(__file__).resolve().parents[2] / "example_project" / "manage.py"
README = MANAGE.parents[1] / "README.md"
Start = Callable[..., "Process"]


class Process:
    """A running ``manage.py`` command and its output."""

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], folder: Path) -> None:
        self._output = folder / f"{arguments[0]}-{uuid4().hex[:6]}.out"
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A background job of a shell ignores Ctrl-C, and so do its children.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(MANAGE), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=folder,  # from anywhere
            )

    @property
    def output(self) -> str:
        """The output so far."""
        return self._output.read_text(encoding="utf-8")

    @property
    def finished(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def wait(self, seconds: float = 90) -> int:
        """Wait for the end and return the exit code."""
        return self._process.wait(seconds)

    def until(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Wait for a match in the output and return it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.output, re.MULTILINE):
                return found
            assert self._process.poll() is None, f"It ended before {pattern!r}:\n{self.output}"
            time.sleep(0.05)
        raise AssertionError(f"No {pattern!r} in {seconds} s:\n{self.output}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this process only."""
        self._process.send_signal(number)

    def children(self) -> list[psutil.Process]:
        """Return all child processes, recursively."""
        return psutil.Process(self._process.pid).children(recursive=True)

    def end(self) -> None:
        """End the process if it still runs."""
        if self._process.poll() is None:
            self.send(signal.SIGTERM)
            try:
                self.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self.wait()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a new user, with a data folder of the test."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
    for name in ("DATABASE_URL", "EXAMPLE_SQLITE_FILE", "PORT"):
        inherited.pop(name, None)
    return inherited | {"EXAMPLE_DATA_DIR": str(tmp_path / "var"), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a command. After the test, what still runs is ended."""
    started: list[Process] = []

    def starter(*arguments: str, **extra: str) -> Process:
        process = Process(arguments, environment | extra, tmp_path)
        started.append(process)
        return process

    yield starter
    for process in started:
        process.end()


@pytest.fixture
def database_url(django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of the kind that this session tests."""
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        yield f"sqlite:///{tmp_path / 'named.sqlite3'}"
        return
    name = f"newsdesk_{uuid4().hex[:8]}"
    scheme = "postgresql" if connection.vendor == "postgresql" else "mysql"
    user, password = quote(parts["USER"], safe=""), quote(parts["PASSWORD"], safe="")
    host, port = parts["HOST"], parts["PORT"]
    place, query = ("", f"?host={host}") if host.startswith("/") else (host, "")
    with django_db_blocker.unblock():
        with connection._nodb_cursor() as cursor:  # as Django's own test runner does it
            cursor.execute(f"CREATE DATABASE {name}")
        yield f"{scheme}://{user}:{password}@{place}{f':{port}' if port else ''}/{name}{query}"
        with connection._nodb_cursor() as cursor:  # as Django's own test runner does it
            cursor.execute(f"DROP DATABASE {name}")


def rows_of(output: str, run: str) -> list[str]:
    """Return ``step outcome`` for each row of the run in the first table."""
    found = re.findall(rf"^ *\d+\.\d\d s  {run} +(\w+) +\d* +(\w+)", output, re.MULTILINE)
    return [f"{step} {outcome}" for step, outcome in found]


def summary_of(output: str, run: str) -> list[str]:
    """Return status, steps, attempts, retries and pauses of the run in the summary."""
    found = re.search(rf"^{run} +(\w+) +\d+\.\d\d s +(\d+) +(\d+) +(\d+) +(\d+)$", output, re.MULTILINE)
    assert found, output
    return list(found.groups())


def test_its_own_tests_pass(start: Start) -> None:
    process = start("test", "digest", "onboarding", "expenses", LOG_LEVEL="WARNING")
    assert process.wait() == 0, process.output
    assert re.search(r"Ran [6-9]\d tests", process.output)


def test_the_readme_shows_the_code_as_it_is() -> None:
    blocks = re.findall(
        r"^```python\n((?:class|def) .*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    example = "".join(path.read_text("utf-8") for path in MANAGE.parent.glob("*/*.py"))
    assert blocks
    for block in blocks:
        assert block in example, block


def test_it_has_no_problem_and_no_missing_migration(start: Start) -> None:
    for arguments in (
        ["check", "--fail-level=WARNING"],
        ["makemigrations", "digest", "onboarding", "expenses", "--check"],
    ):
        process = start(*arguments)
        assert process.wait() == 0, process.output


def test_the_demo_completes_all_workflows_and_exits_0(start: Start, tmp_path: Path) -> None:
    began = time.monotonic()
    process = start("demo")
    assert process.wait() == 0, process.output
    assert time.monotonic() - began < 60
    output = process.output

    assert rows_of(output, "digest") == [
        "fetch_feed completed",
        "drop_sent completed",
        "rank completed",
        "build_digest completed",
        "post_to_discord failed",
        "post_to_discord failed",
        "post_to_discord completed",
        "mark_sent completed",
    ]
    assert output.count("returned 503, 429, 204.") == 2
    assert "Digests delivered: 2. Items marked as sent: 16." in output
    assert summary_of(output, "digest") == ["completed", "6", "8", "2", "0"]
    assert rows_of(output, "at nine") == rows_of(output, "digest")
    assert summary_of(output, "at nine") == ["completed", "6", "8", "2", "0"]

    assert {"check_identity deferred", "check_identity completed", "open_trial_account skipped"} <= set(
        rows_of(output, "Ashdown")
    )
    assert summary_of(output, "Ashdown")[0] == "completed"
    assert {"open_trial_account completed", "open_account skipped", "assign_editor bypassed"} <= set(
        rows_of(output, "Bergur")
    )
    assert "outcome 'tentative'" in output
    assert summary_of(output, "Bergur")[0] == "completed"
    assert {"check_credit timed_out", "send_welcome_pack failed", "notify_support completed"} <= set(
        rows_of(output, "Corvid")
    )
    assert summary_of(output, "Corvid")[0] == "completed"

    _check_expenses(output)

    assert "Digest    started twice with the same idempotency key: one run" in output
    assert "Cluster   stopped in" in output
    assert not psutil.pid_exists(int(process.until(r"squid_mesh worker, process (\d+)")[1]))
    assert [path.name for path in (tmp_path / "var").glob("*.sqlite3")] == ["demo.sqlite3"]
    assert "\x1b[" not in output  # not a terminal: no colours


def _check_expenses(output: str) -> None:
    """Check that people decide, and that each payment is made once."""
    assert rows_of(output, "camera") == [
        "amend bypassed",
        "read_expense completed",
        "check_policy completed",
        "manager_review waiting",
        "manager_review rework",
        "amend waiting",
        "amend approved",
        "read_expense completed",
        "check_policy completed",
        "manager_review waiting",
        "manager_review approved",
        "finance_review waiting",
        "finance_review approved",
        "finance_review approved",
        "decline skipped",
        "pay failed",
        "pay completed",
        "notify_employee completed",
    ]
    assert summary_of(output, "camera")[0] == "completed"
    assert "Waiting for maren to decide on manager_review since" in output
    assert "in 3 days), then Finance may also decide." in output
    assert "Waiting for maren or Finance to decide on manager_review since" in output
    assert "manager_review approved" in rows_of(output, "train")
    assert "finance_review bypassed" in rows_of(output, "train")
    assert {"manager_review skipped", "pay completed"} <= set(rows_of(output, "coffee"))

    history = output[output.index("The history of camera") :]
    events = re.findall(r"^ *[\d.]+ s  (\S+) +(\S*) +(the engine|\S+)(?:  .*)?$", history, re.MULTILINE)
    assert [event for event in events if event[2] != "the engine"] == [
        ("run_started", "", "iris"),
        ("decided", "manager_review", "maren"),
        ("approved", "amend", "iris"),
        ("approved", "manager_review", "maren"),
        ("voted", "finance_review", "tomas"),
        ("approved", "finance_review", "lena"),
    ]
    paid = re.findall(r"^(\w+) +([\d.]+) EUR to ", output, re.MULTILINE)
    assert paid == [("camera", "3990.00"), ("train", "120.00"), ("coffee", "7.50")]


def test_the_demo_uses_the_database_of_database_url_and_can_be_repeated(
    start: Start, database_url: str, tmp_path: Path
) -> None:
    for _ in range(2):
        process = start("demo", DATABASE_URL=database_url)
        assert process.wait() == 0, process.output
        assert "Digests delivered: 2. Items marked as sent: 16." in process.output
    assert not (tmp_path / "var" / "demo.sqlite3").exists()


def _start_demo(start: Start) -> tuple[Process, list[psutil.Process]]:
    """Return a demo that is at work, and its child processes.

    On a busy machine the demo may finish first; then another one is started.
    """
    for _ in range(3):
        process = start("demo")
        process.until("completed")
        children = process.children()
        if children and not process.finished:
            return process, children
    raise AssertionError("Every demo finished too early.")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_nothing_running(start: Start, number: signal.Signals) -> None:
    process, children = _start_demo(start)
    process.send(number)
    assert process.wait(30) == 130, process.output
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert "Traceback" not in process.output


def test_a_demo_whose_cluster_dies_says_why_and_exits_1(start: Start) -> None:
    process, _ = _start_demo(start)
    os.killpg(int(process.until(r"squid_mesh worker, process (\d+)")[1]), signal.SIGKILL)
    assert process.wait(30) == 1, process.output
    assert "not completed" in process.output
    assert "The end of var/demo-cluster.log:" in process.output
    assert "Traceback" not in process.output


def test_serve_shows_the_admin_to_users_with_a_printed_login(start: Start) -> None:
    process = start("serve", PORT=str(_free_port()))
    address = process.until(r"^Admin +(http://\S+/admin/)$")[1]
    process.until("Quit the server")
    children = process.children()
    logins = dict(re.findall(r"^Login +(\S+) / (\S+) ", process.output, re.MULTILINE))
    assert list(logins) == ["demo", "maren", "tomas", "lena", "iris", "pat"]

    with requests.Session() as browser:
        _log_in(browser, address, "demo", logins["demo"])
        assert browser.get(f"{address}onboarding/customer/", timeout=10).text.count("field-plan") == 3
    for name in ("maren", "pat"):
        with requests.Session() as browser:
            _log_in(browser, address, name, logins[name])
            assert browser.get(f"{address}squid_mesh/run/?q=nothing", timeout=10).status_code == 200
            assert "/admin/auth/user/" not in browser.get(address, timeout=10).text

    process.send(signal.SIGTERM)
    assert process.wait(30) == 0, process.output
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert "Traceback" not in process.output


def _log_in(browser: requests.Session, address: str, username: str, password: str) -> None:
    browser.get(f"{address}login/", timeout=10)
    form = {
        "username": username,
        "password": password,
        "next": "/admin/",
        "csrfmiddlewaretoken": browser.cookies["csrftoken"],
    }
    page = browser.post(f"{address}login/", data=form, timeout=10)
    assert page.status_code == 200
    assert "Log out" in page.text


def test_an_unknown_kind_of_database_is_rejected(start: Start) -> None:
    process = start("demo", DATABASE_URL="redis://localhost/news")
    assert process.wait() == 1
    assert "Scheme 'redis://' is unknown." in process.output


def _free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])
