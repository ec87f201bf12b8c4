"""Widths of texts, and shortening."""

from __future__ import annotations

from squid_mesh.inspection.diagram.text import printable, shorten, width


def test_a_wide_letter_takes_more_room_than_a_narrow_one() -> None:
    assert width("mm", 13) > width("ll", 13)
    assert width("漢字", 13) > width("ab", 13)
    assert width("e\u0301", 13) == width("e", 13)


def test_width_grows_with_the_font() -> None:
    assert width("charge", 26) == 2 * width("charge", 13)


def test_a_text_that_fits_is_kept() -> None:
    assert shorten("charge", 13, 200) == "charge"


def test_a_shortened_text_fits_and_keeps_both_ends() -> None:
    for most in (40, 80, 160):
        short = shorten("beginning" + "x" * 100 + "end", 13, most)
        assert width(short, 13) <= most
        assert "…" in short
        assert short.startswith("be")
        assert short.endswith("d")


def test_where_nothing_fits_only_the_ellipsis_is_left() -> None:
    assert shorten("charge", 13, 1) == "…"


def test_a_printable_text_is_one_line() -> None:
    assert printable(" a\nb\x00c\ud800 \t d ") == "a b c d"
