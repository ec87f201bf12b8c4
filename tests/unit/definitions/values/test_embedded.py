"""Secrets inside of texts that no type and no name of a field marks."""

from __future__ import annotations

import pytest

from squid_mesh.definitions.values.embedded import embeds_secret, mask_urls
from squid_mesh.definitions.values.paths import replace_at
from squid_mesh.tools.names import DEFAULT_NAMES

hides = DEFAULT_NAMES.hides


@pytest.mark.parametrize(
    "text",
    [
        "postgres://app:hunter2@db.example.com/shop",
        "redis://:hunter2@cache:6379/0",
        "see amqp://guest:gu%40est@mq, please",
        "https://example.com/hook?api_key=abc",
        "https://example.com/hook?page=2&access-token=abc#top",
        '{"user": "ann", "password": "hunter2"}',
        ' [{"apiKey": 7}]',
        '{"a": "{\\"token\\": 1}", "secret": []}',
    ],
)
def test_a_text_with_a_secret_inside_is_masked_as_a_whole(text: str) -> None:
    assert embeds_secret(text, hides)
    assert replace_at({"at": [text]}, [], hides, "***") == {"at": ["***"]}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.com/feed?page=2&author=ann",
        "https://example.com:8080/a@b",
        "http://[::1]:80/x",
        "mail ann@example.com: https://example.com",
        'the field "password": is missing',
        '{"author": "ann", "compass": 1}',
        '{"password": null}',
        "{not json",
        "postgres://app:********************@db/shop",
        "https://example.com/?token=********************",
        "https://example.com/?token=********************&page=2",
    ],
)
def test_other_texts_are_shown(text: str) -> None:
    assert not embeds_secret(text, hides)


def test_only_the_secrets_of_a_url_are_replaced_in_an_error() -> None:
    text = "GET https://app:hunter2@example.com/x?token=abc&page=2 failed"
    masked = mask_urls(text, hides, "***")
    assert masked == "GET https://app:***@example.com/x?token=***&page=2 failed"
    assert mask_urls(masked, hides, "***") == masked


def test_a_long_text_is_searched_in_linear_time() -> None:
    assert not embeds_secret("://" + "a" * 500_000, hides)
    assert not embeds_secret("?a" * 200_000 + "://" * 200_000, hides)
    assert not embeds_secret('{"' * 200_000, hides)
