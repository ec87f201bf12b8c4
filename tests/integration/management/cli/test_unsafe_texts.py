"""Texts of payloads, errors and people in the terminal and in the log: on one line, and never obeyed."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from squid_mesh import api
from squid_mesh.hooks import GuardedLogger
from tests.host import workflows
from tests.host.runs import driven
from tests.host.shell import shell

EVIL = "one\nrun 123 is completed\x1b[2J\x9b31m\u202egnp\r"
SHOWN = r"one\nrun 123 is completed\x1b[2J\x9b31m\u202egnp\r"
UNSAFE = "\x1b\x9b\u202e\r"


@pytest.mark.parametrize("verb", ["inspect", "explain", "runs"])
def test_tables_and_lines_show_a_text_as_it_is(verb: str, plan: dict[str, Any]) -> None:
    plan["two"] = ValueError(EVIL)
    run_id = driven(workflows.Chain, tags=[], idempotency_key=EVIL)
    api.comment_run(run_id, EVIL)
    arguments = {"runs": [], "inspect": [run_id, "--history"], "explain": [run_id]}[verb]
    out = shell(verb, *arguments).out
    assert not set(UNSAFE) & set(out)
    assert not any(line.startswith("run 123") for line in out.splitlines())


def test_json_has_the_text_itself_without_bytes_that_a_terminal_obeys(plan: dict[str, Any]) -> None:
    run_id = driven(workflows.Chain, idempotency_key=EVIL)
    out = shell("inspect", run_id, "--json").out
    assert not set(UNSAFE) & set(out)
    assert json.loads(out)["idempotency_key"] == EVIL


def test_an_error_of_a_verb_is_safe_too() -> None:
    assert not set(UNSAFE) & set(shell("start", f"host.{EVIL}").err)


def test_a_log_record_of_ours_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        GuardedLogger("squid_mesh.test").info("Step %s: %s, %d", EVIL, ValueError(EVIL), 3)
    assert caplog.messages == [f"Step {SHOWN}: {SHOWN}, 3"]
