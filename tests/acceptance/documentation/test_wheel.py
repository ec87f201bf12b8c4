"""The wheel: what is in it, what it requires, and what a package index shows of it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from email import message_from_string
from email.message import Message
from pathlib import Path
from zipfile import ZipFile

import pytest

from scripts.lowest import pin_lowest
from tests.acceptance.wheels import ROOT, build_wheel, share_packages

#: Newer is always better.
UNBOUNDED = {"certifi"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


def test_it_has_every_file_of_the_package_and_no_other(wheel: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "squid_mesh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()
    if not tracked:
        pytest.skip("not a git checkout")
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert packed == set(tracked)
    assert "squid_mesh/py.typed" in packed
    assert any(name.endswith(".html") for name in packed)


def test_each_dependency_has_a_lowest_and_a_highest_version(metadata: Message) -> None:
    required = metadata.get_all("Requires-Dist") or []
    assert len(required) > 6
    for requirement in required:
        name = re.split(r"[\[<>=~ ]", requirement)[0]
        assert ">=" in requirement, requirement
        assert "<" in requirement or name in UNBOUNDED, requirement


def test_each_dependency_can_be_pinned_to_its_lowest_version() -> None:
    pins = pin_lowest(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    assert "django==5.2" in pins
    assert len(pins) > 8
    with pytest.raises(ValueError, match="no lower bound: django"):
        pin_lowest({"project": {"dependencies": ["django"], "optional-dependencies": {}}})


def test_the_description_has_no_link_that_leads_nowhere(metadata: Message) -> None:
    description = metadata.get_payload()
    assert isinstance(description, str)
    targets = re.findall(r"\]\(([^)]+)\)", description)
    assert targets
    assert all(target.startswith("https://") for target in targets), targets
    assert "how-to guides" in description.lower()
    assert not re.search(r"^!\[", description, re.MULTILINE)


def test_a_type_checker_finds_its_types(wheel: Path, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    share_packages(environment)
    (packages,) = environment.glob("lib/python*/site-packages")
    with ZipFile(wheel) as archive:
        archive.extractall(packages)
    client = tmp_path / "client.py"
    client.write_text(
        "from squid_mesh import Retry, api\n"
        "reveal_type(Retry(3).max_attempts)\n"
        "reveal_type(api.explain_run('x').summary)\n"
        "Retry('three')\n"
    )
    checked = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--python-executable", str(environment / "bin" / "python")),
            *(
                "--config-file",
                "",
                "--follow-imports=silent",
                "--cache-dir",
                str(ROOT / ".cache" / "mypy_wheel"),
            ),
            str(client),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = checked.stdout.splitlines()
    assert any(line.startswith("client.py:2") and 'type is "int"' in line for line in lines), checked.stdout
    assert any(line.startswith("client.py:3") and 'type is "str"' in line for line in lines), checked.stdout
    assert any(line.startswith("client.py:4") and "[arg-type]" in line for line in lines), checked.stdout
