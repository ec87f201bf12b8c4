"""The reference in ``docs`` lists what the code has: settings, errors, checks, api functions, decisions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from squid_mesh import api, authority, checks, conf, exceptions
from squid_mesh.lifecycle import WaitingFor

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "squid_mesh"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
#: A longer page answers several questions: split it.
LONGEST_PAGE = 260
DECISIONS = sorted(path for path in (DOCS / "decisions").glob("[0-9]*.md"))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
each_decision = pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def first_cells(section: str) -> list[str]:
    """Return the code in the first cell of each row of the tables in a text."""
    rows = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def section(page: Path, title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", read(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page.name} has no section {title!r}"
    return found[1]


def test_each_setting_is_in_the_reference() -> None:
    assert sorted(first_cells(section(DOCS / "running.md", "Settings"))) == sorted(conf.Settings.model_fields)


def test_each_limit_is_in_the_reference() -> None:
    listed = first_cells(section(DOCS / "running.md", "Limits"))
    assert sorted(listed) == sorted(conf.LimitSettings.model_fields)


def test_each_setting_of_the_http_tool_is_in_the_reference() -> None:
    named = set(re.findall(r"`([A-Z_]+)`", read(DOCS / "tools.md")))
    assert set(conf.HttpSettings.model_fields) <= named


def test_each_permission_is_in_the_reference() -> None:
    named = set(re.findall(r"`(\w+)`", section(DOCS / "reference" / "runs.md", "Acting on runs")))
    assert {codename for codename, _ in authority.PERMISSIONS} <= named
    shown = read(DOCS / "console.md")
    assert all(f"`{name}`" in shown for name in ("view_run", authority.CHANGE_TRIGGER))


def test_each_reason_to_wait_is_in_the_reference() -> None:
    named = set(re.findall(r"`(\w+)`", section(DOCS / "statuses.md", "Steps")))
    assert set(WaitingFor) <= named


def test_each_metric_is_in_the_reference() -> None:
    source = read(PACKAGE / "contrib" / "prometheus.py")
    metrics = set(re.findall(r'_(?:family|single)\(\s*"(\w+)"', source))
    assert len(metrics) > 15
    listed = set(re.findall(r"`squid_mesh_(\w+)`", section(DOCS / "observing.md", "Prometheus metrics")))
    assert metrics <= listed


def test_each_system_check_is_in_the_reference() -> None:
    ids = set(re.findall(r"squid_mesh\.[EW]\d{3}", read(Path(checks.__file__))))
    assert set(first_cells(section(DOCS / "running.md", "Checks"))) == ids


def test_each_error_code_is_in_the_reference() -> None:
    def below(kind: type[exceptions.SquidMeshError]) -> set[type[exceptions.SquidMeshError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    own = {kind for kind in below(exceptions.SquidMeshError) if kind.__module__ == exceptions.__name__}
    codes = {kind.code for kind in own} - {exceptions.SquidMeshError.code, exceptions.NotFound.code}
    table = read(DOCS / "errors.md").partition("## Errors of steps")[0]
    assert set(first_cells(table)) == codes


def test_each_error_code_of_a_step_is_in_the_reference() -> None:
    sources = [read(path) for name in ("engine", "graph") for path in (PACKAGE / name).rglob("*.py")]
    codes = set(re.findall(r'"code": "(\w+)"|_fail_now\(error, "(\w+)"', "\n".join(sources)))
    listed = first_cells(read(DOCS / "errors.md").partition("## Errors of steps")[2])
    assert set(listed) == {code for pair in codes for code in pair if code}


@each_page
def test_each_api_name_on_a_page_exists(page: Path) -> None:
    names = set(re.findall(r"(?<![\w.])api\.(?!md\b)([a-z]\w+)", read(page)))
    modules = {path.stem for path in Path(api.__file__).parent.glob("*.py")}
    assert names <= {*api.__all__, *modules}


@each_page
def test_each_link_to_a_file_leads_to_one(page: Path) -> None:
    text = re.sub(r"```.*?```", "", read(page), flags=re.DOTALL)
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    missing = [link for link in links if "NNNN" not in link and not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: str(page.relative_to(DOCS)))
def test_a_page_is_short_enough_for_one_question(page: Path) -> None:
    assert len(read(page).splitlines()) <= LONGEST_PAGE


@each_decision
def test_each_decision_has_a_status_and_a_date_and_is_in_the_index(path: Path) -> None:
    title, _, rest = read(path).partition("\n")
    found = re.match(r"\n- Status: (.+)\n- Date: (\d{4}-\d\d-\d\d)\n", rest)
    assert found, "it begins with its title, Status and Date"
    number, _, text = title.removeprefix("# ").partition(" ")
    assert path.name.startswith(f"{number}-")
    index = read(DOCS / "decisions" / "README.md")
    assert f"| [{number}]({path.name}) | {text} | {found[1]} | {found[2]} |" in index
    assert [f"## {name}" in rest for name in ("Context", "Decision", "Consequences")] == [True] * 3
