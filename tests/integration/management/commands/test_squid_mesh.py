"""What all verbs have in common, and the command in its own process."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from squid_mesh.actions import Action
from squid_mesh.management.commands.squid_mesh import Command
from squid_mesh.management.verbs import VERBS
from tests.host.shell import shell

ROOT = Path(__file__).resolve().parents[4]
DOCUMENT = (ROOT / "docs" / "commands.md").read_text()
NAMES = [verb.name for verb in VERBS]
each_verb = pytest.mark.parametrize("name", NAMES)


@each_verb
def test_every_verb_has_json_output(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shell(name, "--help")
    assert "--json" in capsys.readouterr().out


@each_verb
def test_the_reference_lists_every_verb_with_all_its_options(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    section = re.search(rf"^### `{name}[ `].*?(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert section, f"docs/commands.md has no section on {name}"
    shell(name, "--help")
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help", "--json"}
    everywhere = {"--actor", "--reason"}
    missing = [option for option in options - everywhere if f"`{option}" not in section[0]]
    assert not missing, f"docs/commands.md doesn't say what {missing} do to {name}"


def test_every_action_has_a_verb_named_by_its_first_word() -> None:
    assert {action.value.partition("_")[0] for action in Action} <= set(NAMES)


def test_the_reference_lists_no_unknown_verb() -> None:
    listed = re.findall(r"^### `([a-z]+)", DOCUMENT, re.MULTILINE)
    assert sorted(listed) == sorted(NAMES)


def test_no_verb_or_an_unknown_one_gives_exit_code_2() -> None:
    assert shell().code == 2
    assert shell("dance").code == 2


def test_for_a_mistyped_verb_the_error_names_a_similar_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        Command().run_from_argv(["manage.py", "squid_mesh", "strat"])
    assert ended.value.code == 2
    assert "did you mean 'start'?" in capsys.readouterr().err


class TestProcess:
    def test_the_process_has_the_exit_codes_and_separate_streams(
        self, manage_command: tuple[str, ...], process_environment: dict[str, str]
    ) -> None:
        def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*manage_command, "squid_mesh", *arguments],
                env=process_environment,
                capture_output=True,
                text=True,
                check=False,
            )

        started = manage("start", "host.Chain", "--json")
        assert started.returncode == 0
        run_id = json.loads(started.stdout)["id"]
        refused = manage("replay", run_id, "--json")
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["code"] == "illegal_action"
        plainly = manage("replay", run_id)
        assert plainly.returncode == 1
        assert plainly.stderr.rstrip().endswith("[illegal_action]")
        wrong = manage("replay")
        assert wrong.returncode == 2
        assert "usage:" in wrong.stderr
