"""Secrets inside of texts: passwords and parameters of URLs, and fields of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

#: ``://user:password@``, unless it is masked already.
_CREDENTIALS: Final = re.compile(r"(://[^\s/?#@:]{0,256}:)(?!\*+@)[^\s/?#@]{1,1024}(?=@)")
_PARAMETER: Final = re.compile(r"([?&]([\w.\-\[\]%]{1,100})=)(?!\*+(?:[&\s#]|\Z))[^&\s#'\"<>]+")
_FIELD: Final = re.compile(r'"((?:[^"\\]|\\.){1,100})"\s*:(?!\s*null\b)')


def embeds_secret(text: str, hides: Callable[[str], bool]) -> bool:
    """Return whether the text has a URL or JSON with a secret. ``hides``: whether a name is secret."""
    if "://" in text and mask_urls(text, hides, "") != text:
        return True
    return text.lstrip()[:1] in ("{", "[") and any(hides(found) for found in _FIELD.findall(text))


def mask_urls(text: str, hides: Callable[[str], bool], mask: str) -> str:
    """Return the text with the passwords and the secret parameters of its URLs replaced."""
    if "://" not in text:
        return text

    def replace_parameter(found: re.Match[str]) -> str:
        return f"{found[1]}{mask}" if hides(found[2]) else found[0]

    return _PARAMETER.sub(replace_parameter, _CREDENTIALS.sub(rf"\g<1>{mask}", text))
