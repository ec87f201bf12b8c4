"""Tags: their form, and their errors."""

from __future__ import annotations

from typing import Any

import pytest

from squid_mesh.definitions.values.tags import MAX_TAG_LENGTH, MAX_TAGS, validate_tags
from squid_mesh.exceptions import InvalidArgument


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        ((), ()),
        (["vip"], ("vip",)),
        (["vip", " region:eu ", "vip", "vip "], ("region:eu", "vip")),
        ({"b", "a"}, ("a", "b")),
        ((tag for tag in ("two words", "größe", "🦑")), ("größe", "two words", "🦑")),
        (["VIP", "vip"], ("VIP", "vip")),
        (["cafe\u0301", "caf\u00e9"], ("caf\u00e9",)),
        (["x" * MAX_TAG_LENGTH], ("x" * MAX_TAG_LENGTH,)),
        ([f" {n:02} " for n in range(MAX_TAGS)] * 2, tuple(f"{n:02}" for n in range(MAX_TAGS))),
    ],
)
def test_tags_are_unique_sorted_and_stripped(given: Any, tags: tuple[str, ...]) -> None:
    assert validate_tags(given, "tags") == tags


@pytest.mark.parametrize(
    "tag",
    ["", "  ", "x" * (MAX_TAG_LENGTH + 1), "a,b", "a\nb", "a\x00", "a\x7f", "\ud800", "a\u200bb", 7, None],
)
def test_an_invalid_tag_is_rejected(tag: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        validate_tags(["fine", tag], "tag")
    assert caught.value.details["argument"] == "tag"
    assert len(caught.value.details["errors"]) == 1


@pytest.mark.parametrize("given", ["vip", None, 7, b"eu"])
def test_tags_must_be_a_list_of_strings(given: Any) -> None:
    with pytest.raises(InvalidArgument):
        validate_tags(given, "tags")


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(InvalidArgument) as caught:
        validate_tags([*map(str, range(MAX_TAGS + 1)), "a,\n" + "b" * MAX_TAG_LENGTH, ""], "tags")
    errors = caught.value.details["errors"]
    assert len(errors) == 5
    for word in ("comma", "printed", "67 characters", "empty", "at most 20 tags, not 21"):
        assert word in caught.value.message
