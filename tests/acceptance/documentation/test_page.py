"""What the tests of pages read from them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.acceptance.documentation.page import ByHand, Commands, File, read_page
from tests.acceptance.documentation.terminal import Terminal


def test_a_page_is_read_as_commands_files_and_acts(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```sh\nls\n```\n\n```text\na.py\n```\n\n```python\n# a.py\nx = 1\n```\n<!-- test: look -->"
    )
    assert read_page(page) == [Commands("ls\n", "a.py\n"), File("a.py", "x = 1\n"), ByHand("look")]


@pytest.mark.parametrize("text", ["```text\nalone\n```\n", "```sh\nls\n```\n\n```python\nx = 1\n```\n"])
def test_a_block_that_a_reader_could_not_place_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text)
    with pytest.raises((IndexError, ValueError)):
        read_page(tmp_path / "page.md")


def test_an_output_must_have_the_expected_lines_in_order() -> None:
    expected = Commands("", "Run … is paused.\n\nnext   line\n")
    assert expected.is_printed("before\nRun 7 is paused.\nbetween\nnext line\n")
    assert not expected.is_printed("next line\nRun 7 is paused.\n")
    assert not expected.is_printed("Run 7 is running.\nnext line\n")


def test_a_terminal_keeps_its_folder_and_ends_with_the_first_error(tmp_path: Path) -> None:
    with Terminal(tmp_path, os.environ) as terminal:
        assert terminal.run("mkdir a\ncd a\nword=here") == ""
        assert terminal.run("pwd\nprintf $word") == f"{tmp_path}/a\nhere"
        with pytest.raises(AssertionError, match="The shell ended in:\nfalse\necho never"):
            terminal.run("false\necho never")
