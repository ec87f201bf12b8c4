"""Each promise in ``docs/guarantees.md`` names tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
PROMISED = TEXT.partition("## What is not promised")[0]
ROWS = [row for row in re.findall(r"^\| (.+) \| (.+) \|$", PROMISED, re.MULTILINE) if row[0] != "promise"]


@cache
def names_of_tests(path: str) -> set[str]:
    """Return the names of the test functions in a file below ``tests``."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_there_are_promises() -> None:
    assert len(ROWS) > 30


@pytest.mark.parametrize(("promise", "shown_by"), ROWS)
def test_each_promise_is_shown_by_tests_that_exist(promise: str, shown_by: str) -> None:
    named = re.findall(r"`([\w/]+\.py)::(test_\w+)`", shown_by)
    assert named, promise
    assert len(named) == shown_by.count("`") // 2, "each must be `path::name`"
    for path, name in named:
        assert name in names_of_tests(path), f"{path} has no {name}"


def test_the_page_is_linked() -> None:
    assert "docs/guarantees.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "guarantees.md" in (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
