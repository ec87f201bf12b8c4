"""Texts that processes share: each reads what another wrote, and no damaged text."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable

import pytest

from squid_mesh.processes.shared_texts import SharedTexts


def in_a_child(call: Callable[[], object]) -> None:
    child = multiprocessing.get_context("fork").Process(target=call)
    child.start()
    child.join(30)
    assert child.exitcode == 0


def test_what_one_process_writes_another_reads() -> None:
    texts = SharedTexts(3, 20)
    assert dict(texts.read()) == {}
    in_a_child(lambda: texts.write(1, "Grüße \\ 'n'"))
    assert dict(texts.read()) == {1: "Grüße \\ 'n'"}
    in_a_child(lambda: texts.write(1, ""))
    assert dict(texts.read()) == {}


def test_a_text_replaces_a_longer_one() -> None:
    texts = SharedTexts(2, 20)
    texts.write(0, "a long text")
    texts.write(0, "short")
    texts.write(1, "last")
    assert dict(texts.read()) == {0: "short", 1: "last"}


@pytest.mark.parametrize(("text", "fits"), [("a" * 20, True), ("a" * 21, False), ("ü" * 11, False)])
def test_a_text_that_is_too_long_is_not_stored(text: str, fits: bool) -> None:
    texts = SharedTexts(1, 20)
    texts.write(0, "before")
    assert texts.write(0, text) is fits
    assert dict(texts.read()) == {0: text if fits else "before"}


def test_a_text_that_two_processes_wrote_at_once_counts_as_none() -> None:
    texts = SharedTexts(2, 20)
    texts.write(0, "the first text")
    texts._bytes[4:9] = b"other"
    texts.write(1, "whole")
    assert dict(texts.read()) == {1: "whole"}


def test_reading_again_without_a_write_parses_nothing() -> None:
    texts = SharedTexts(2, 20)
    texts.write(0, "one")
    assert texts.read() is texts.read()
    texts.write(1, "two")
    assert dict(texts.read()) == {0: "one", 1: "two"}
