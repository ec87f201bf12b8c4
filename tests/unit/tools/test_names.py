"""Which names are those of secrets."""

from __future__ import annotations

import re

import pytest

from squid_mesh.tools.names import NameRule, split_name

DJANGO = re.compile("API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|HTTP_COOKIE", re.IGNORECASE)


@pytest.mark.parametrize("pattern", [None, DJANGO])
@pytest.mark.parametrize(
    "name",
    [
        *(
            "api_key",
            "apiKey",
            "APIKey",
            "API_KEY",
            "api-key",
            "apikey",
            "apikeys",
            "db_password",
            "dbPassword",
        ),
        *("token", "tokens", "token2", "accessToken", "csrftoken", "authToken", "oauth_code", "jwt"),
        *("password", "passwd", "passphrase", "passwords", "dbpassword", "passwordHash", "pass", "user.pass"),
        *("secret", "clientsecret", "SecretKey", "secretkey", "auth", "Authorization", "OAuthCode", "pin"),
        *("private_key", "AWSAccessKeyId", "key", "keys", "credentials", "X-Signature-256", "HTTPKey"),
    ],
)
def test_a_name_with_a_secret_word_is_hidden(name: str, pattern: re.Pattern[str] | None) -> None:
    assert NameRule(pattern=pattern).hides(name)


@pytest.mark.parametrize("pattern", [None, DJANGO])
@pytest.mark.parametrize(
    "name",
    [
        *(
            "author",
            "authors",
            "co_author",
            "keywords",
            "keyword",
            "compass",
            "passengers",
            "passenger_count",
        ),
        *(
            "passport",
            "monkey",
            "donkeys",
            "keyboard",
            "secretary",
            "tokenizer",
            "bypass",
            "design",
            "spinner",
        ),
        *("authority", "authored_at", "rapid", "apiary", "hockey", "turkey_price", "idempotency_key", ""),
        *("compassion", "surpassed", "trespass", "encompasses", "resignature", "opinion", "pinned", "signal"),
    ],
)
def test_a_secret_word_inside_another_word_hides_nothing(name: str, pattern: re.Pattern[str] | None) -> None:
    assert not NameRule(pattern=pattern).hides(name)


def test_listed_names_are_compared_by_their_words() -> None:
    rule = NameRule(masked=frozenset({"IBAN", "cardNumber", "key"}), unmasked=frozenset({"key", "publicKey"}))
    assert all(rule.hides(name) for name in ("iban", "card_number", "CardNumber", "CARD-NUMBER", "api_key"))
    assert not any(rule.hides(name) for name in ("key", "KEY", "public_key", "ibans", "number"))


@pytest.mark.parametrize(
    ("pattern", "hidden", "shown"),
    [
        ("IBAN|CARD", ["iban", "card_number", "cardNumber", "my_card"], ["cardinal", "discard", "ibans"]),
        ("^INTERNAL_", ["internal_note", "INTERNAL_NOTE"], ["my_internal_note", "internals"]),
        ("_NUMBER$", ["card_number", "cardNumber"], ["number_of_items"]),
        ("PASS|PASSPORT", ["passport", "pass"], ["passports"]),
        ("CUSTOMER_.*", ["customer_name", "customerName"], ["name"]),
    ],
)
def test_a_hosts_pattern_counts_where_it_matches_whole_words(
    pattern: str, hidden: list[str], shown: list[str]
) -> None:
    rule = NameRule(pattern=re.compile(pattern, re.IGNORECASE))
    assert [name for name in hidden if not rule.hides(name)] == []
    assert [name for name in shown if rule.hides(name)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("apiKey", ["api", "key"]),
        ("APIKey2", ["api", "key", "2"]),
        ("db_password", ["db", "password"]),
        ("X-Api-Key", ["x", "api", "key"]),
        ("schlüsselWort", ["schlüssel", "wort"]),
        ("§", ["§"]),
    ],
)
def test_a_name_is_split_into_its_words(name: str, words: list[str]) -> None:
    assert split_name(name) == words
