"""Masking of parameters that ``input=`` has renamed."""

from __future__ import annotations

import pytest

from squid_mesh.definitions.values.paths import parse_path
from squid_mesh.inspection.runs.reading import list_input_secrets


@pytest.mark.parametrize(
    ("source", "secret", "hidden"),
    [
        ("token", "token", [("given",)]),
        ("user", "user.token", [("given", "token")]),
        ("user.token.value", "user.token", [("given",)]),
        ("cards.0.pan", "cards.*.pan", [("given",)]),
        ("cards.0", "cards.*.pan", [("given", "pan")]),
        ("cards", "cards.*.pan", [("given", "*", "pan")]),
        ("cards.0.name", "cards.*.pan", []),
        ("usher", "user.token", []),
        ("tree.left", "tree.**.token", [("given", "**", "token")]),
        ("account.api_key", "user.token", [("given",)]),
    ],
)
def test_a_renamed_parameter_is_masked_too(source: str, secret: str, hidden: list[tuple[str, ...]]) -> None:
    assert list_input_secrets({"given": source}, [parse_path(secret)]) == hidden
