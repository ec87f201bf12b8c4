"""How the paths of secrets are read."""

from __future__ import annotations

import pytest

from squid_mesh.definitions.values.paths import ends_here, follow_path, format_path, parse_path, paths_below


@pytest.mark.parametrize(
    ("path", "key", "below"),
    [
        ("token", "token", [()]),
        ("token", "other", []),
        ("", "token", []),
        ("*.token", "any", [("token",)]),
        ("pair.1", "pair", [("1",)]),
        ("1", 1, [()]),
        ("1", 0, []),
        ("**.token", "token", [("**", "token"), ()]),
        ("**.token", "other", [("**", "token")]),
    ],
)
def test_a_path_leads_below_its_first_part(path: str, key: str | int, below: list[tuple[str, ...]]) -> None:
    assert paths_below([parse_path(path)], key) == below


@pytest.mark.parametrize(
    ("path", "parts", "rest"),
    [
        ("user.token", "user", [("token",)]),
        ("user.token", "user.token.first", [()]),
        ("user.**.token", "user.a.b.token", [()]),
        ("user.token", "usher", []),
    ],
)
def test_what_remains_of_a_path_below_a_value(path: str, parts: str, rest: list[tuple[str, ...]]) -> None:
    assert follow_path([parse_path(path)], parts.split(".")) == rest


def test_the_whole_value_has_the_empty_path() -> None:
    assert ends_here([parse_path("")])
    assert not ends_here([parse_path("token")])
    assert [format_path(parse_path(text)) for text in ("", "a.*.b")] == ["", "a.*.b"]
