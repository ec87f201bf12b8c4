"""Names of secrets, and the masking of texts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pydantic import BaseModel, Secret, SecretBytes, SecretStr

from squid_mesh.tools import MASK, Secrets, is_secret_name, reveal
from squid_mesh.tools.secrets import resembles_key


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "set-cookie",
        "X-Api-Key",
        "apikey",
        "api_key",
        "X-Auth-Token",
        "access_token",
        "accessToken",
        "client_secret",
        "password",
        "PASSWD",
        "pass",
        "sig",
        "X-Amz-Signature",
        "X-Amz-Security-Token",
        "AWSAccessKeyId",
        "sessionid",
        "csrfmiddlewaretoken",
        "key",
        "privateKey",
        "X-Hub-Signature-256",
        "cvv",
        "bearer",
    ],
)
def test_names_of_secrets_are_recognised(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["Idempotency-Key", "author", "monkey", "design", "passenger", "code", "message", "X-Api-Version", ""],
)
def test_other_names_are_not_secret(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("abcdefghij0123456789", True),
        ("T00000000-B00000000.XXXXXXXXXXXX", True),
        ("00000000-0000-0000-0000-00000000000a", True),
        ("123456789012345678901234", False),
        ("a-long-title-of-some-article", False),
        ("short1", False),
    ],
)
def test_a_long_word_of_letters_and_digits_resembles_a_key(word: str, key: bool) -> None:
    assert resembles_key(word) is key


class Login(BaseModel):
    user: str
    word: SecretStr


@dataclass
class Pair:
    left: SecretBytes
    right: object


def test_nested_secrets_are_revealed() -> None:
    value = {"a": [Login(user="u", word=SecretStr("w")), Pair(SecretBytes(b"x"), Secret[list[int]]([1]))]}
    assert reveal(value) == {"a": [{"user": "u", "word": "w"}, {"left": b"x", "right": [1]}]}


def test_a_registered_secret_is_masked_in_all_its_written_forms() -> None:
    secrets = Secrets(["phone"])
    assert secrets.add_from({"a": SecretStr('s3 "ü/+'), "Phone": 5551234, "b": "open"})
    for text in (
        's3 "ü/+',
        "s3%20%22%C3%BC/%2B",
        "s3+%22%C3%BC%2F%2B",
        r"s3 \"\u00fc/+",
        r"s3 \"ü/+",
        "5551234",
    ):
        assert secrets.mask_text(f"<{text}>") == f"<{MASK}>"
    assert secrets.mask_text("open") == "open"
    assert "s3" not in repr(secrets)


def test_the_longest_secret_is_masked_first() -> None:
    secrets = Secrets()
    secrets.add("word")
    secrets.add("password")
    assert secrets.mask_text("password") == MASK


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("47", MASK),
        ("pin=47, not 4711, 147 or a47", f"pin={MASK}, not 4711, 147 or a47"),
        ("!a and (!a)", f"{MASK} and ({MASK})"),
        ("x!a but not !ab", f"x{MASK} but not !ab"),
        ("ü/ or %C3%BC/", f"{MASK} or {MASK}"),
        ("e or **", "e or **"),
    ],
)
def test_a_short_secret_is_masked_as_a_word_and_a_single_character_never(text: str, hidden: str) -> None:
    secrets = Secrets()
    for secret in ("47", "!a", "ü/", "e", "**", ""):
        secrets.add(secret)
    assert secrets.mask_text(text) == hidden


def test_all_secrets_of_a_value_are_registered() -> None:
    secrets = Secrets()
    secrets.add_from(
        [SecretStr("first"), {"token": ["second", "third"]}, Login(user="u", word=SecretStr("fourth"))]
    )
    secrets.add_from(Pair(SecretBytes(b"fifth"), {"pin": 987654}))
    for text in ("first", "second", "third", "fourth", "fifth", "987654"):
        assert secrets.mask_text(text) == MASK


@pytest.mark.parametrize("value", [None, "open", 5, {"a": "b"}, ["a"], {"password": None}, Pair])
def test_a_value_without_secrets_registers_nothing(value: object) -> None:
    secrets = Secrets()
    assert not secrets.add_from(value)
    assert len(secrets) == 0


def test_a_json_value_is_masked_by_names_and_by_registered_secrets() -> None:
    secrets = Secrets()
    secrets.add("s3cret")
    secrets.add("12345678")
    assert secrets.mask_json(
        {"token": {"a": 1}, "pin": None, "said": ["s3cret!", 12345678, 1.5, True, None], "s3cret": 1}
    ) == {"token": MASK, "pin": None, "said": [f"{MASK}!", MASK, 1.5, True, None], MASK: 1}
