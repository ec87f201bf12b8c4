"""Texts of others are shown in full, and never obeyed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from squid_mesh.printable import escape_controls, escape_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – Ünïcode 🦑 👩‍🔬", "plain – Ünïcode 🦑 👩‍🔬"),
        ("a\nb\r\nc\td", r"a\nb\r\nc\td"),
        ("\x1b[31mred\x9b0m\x7f\x00", r"\x1b[31mred\x9b0m\x7f\x00"),
        ("\u202egnp.exe\u2066\u200f", r"\u202egnp.exe\u2066\u200f"),
        ("line\u2028end\ufeff\udcff", r"line\u2028end\ufeff\udcff"),
        ("tag\U000e0041", r"tag\U000e0041"),
    ],
)
def test_unsafe_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


def test_line_ends_and_tabs_stay_if_they_are_kept() -> None:
    assert escape_controls("a\n\tb\r\x1b", keep_lines=True) == "a\n\tb\\r\\x1b"


@given(st.text(st.characters(codec=None)))
def test_a_shown_text_is_one_line_without_controls(text: str) -> None:
    shown = escape_controls(text)
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert escape_controls(shown) == shown


@given(st.recursive(st.text(st.characters(codec=None)), lambda inner: st.lists(inner, max_size=3)))
def test_escaped_json_has_the_same_value(value: object) -> None:
    text = escape_json(json.dumps(value, indent=1, ensure_ascii=False))
    assert json.loads(text) == value
    assert escape_controls(text, keep_lines=True) == text
