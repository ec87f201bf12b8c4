"""``manage.py squid_mesh graph``."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from squid_mesh import api
from tests.host import workflows
from tests.host.runs import driven
from tests.host.shell import shell


def drawn(graph: str) -> str:
    """Return the graph as the verb writes it: with one newline at the end."""
    return graph.rstrip("\n") + "\n"


@pytest.mark.parametrize("form", ["svg", "dot", "mermaid", "json"])
def test_a_workflow_and_a_run_are_drawn(form: str) -> None:
    run_id = driven(workflows.Chain)
    result = shell("graph", "host.Chain", "--format", form)
    assert (result.out, result.code) == (drawn(api.draw_workflow("host.Chain", format=form)), 0)
    assert shell("graph", run_id, "--format", form).out == drawn(api.draw_run(run_id, format=form))
    output = shell("graph", run_id, "--format", form, "--json").json
    assert output == {"format": form, "graph": drawn(api.draw_run(run_id, format=form)).rstrip()}


def test_a_graph_is_svg_by_default_and_can_be_written_to_a_file(tmp_path: Path) -> None:
    file = tmp_path / "chain.svg"
    assert shell("graph", "host.Chain", "--output", file).out == f"Written to {file}.\n"
    assert file.read_text() == drawn(api.draw_workflow("host.Chain", format="svg"))
    output = shell("graph", "host.Chain", "--format", "dot", "--output", file, "--json").json
    assert output == {"format": "dot", "file": str(file)}


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = shell("graph", "host.Chain", "--output", tmp_path / "no" / "folder.svg")
    assert result.code == 1
    assert "can't be written" in result.err


def test_an_unknown_run_or_format_is_an_error() -> None:
    assert shell("graph", uuid4(), "--json").error["code"] == "run_not_found"
    assert shell("graph", "host.Chain", "--format", "png").code == 2
