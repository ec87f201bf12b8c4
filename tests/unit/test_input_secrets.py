"""Which parameters carry secrets, after the input mapping renamed them."""

from __future__ import annotations

import pytest

from squid_mesh.inspection.runs.read import _input_secrets


@pytest.mark.parametrize(
    ("source", "secret", "hidden"),
    [
        ("token", "token", ["given"]),
        ("user", "user.token", ["given.token"]),
        ("user.token.value", "user.token", ["given"]),
        ("cards.0.pan", "cards.*.pan", ["given"]),
        ("cards.0", "cards.*.pan", ["given.pan"]),
        ("cards", "cards.*.pan", ["given.*.pan"]),
        ("cards.0.name", "cards.*.pan", []),
        ("usher", "user.token", []),
    ],
)
def test_a_renamed_parameter_hides_what_it_was_given(source: str, secret: str, hidden: list[str]) -> None:
    assert _input_secrets({"given": source}, [secret]) == hidden
