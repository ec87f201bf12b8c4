"""Addresses as they may be mask_url: in errors, in logs, in what is stored."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from squid_mesh.tools.secrets import MASK, Secrets, resembles_key

UNREADABLE: Final = "an unreadable address"
#: Of a secret address, words as long as that are secrets themselves: ``s3cr3t-word``, but not ``webhooks``.
_LONG_WORD: Final = 10


def origin(url: str) -> str:
    """``scheme://host``, with the port where it isn't the scheme's own."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{shown}" + ("" if parts.port in (None, usual) else f":{parts.port}")


def mask_url(url: str, secrets: Secrets, *, secret: bool) -> str:
    """The address without userinfo, without fragment, and with each secret masked.

    Of an address that is a secret as a whole only the origin is mask_url. Of others the values of query
    parameters with secret names are masked, and parts that look like keys.
    """
    try:
        base, parts = origin(url), urlsplit(url)
    except ValueError:
        return UNREADABLE
    if not parts.hostname or not url.isprintable():
        return UNREADABLE
    if secret:
        return base
    path = "/".join(MASK if resembles_key(word) else word for word in parts.path.split("/"))
    query = "&".join(
        f"{quote(name)}={MASK if _is_secret(name, value, secrets) else quote(value)}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return secrets.hide(base + path + (f"?{query}" if query else ""))


def add_url_secrets(url: str, secrets: Secrets, *, secret: bool) -> None:
    """Register the secrets in a URL, so that a response that repeats them is masked too."""
    parts = urlsplit(url)
    if parts.password:
        secrets.add(parts.password)
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if secret or _is_secret(name, value, secrets):
            secrets.add(value)
    for word in parts.path.split("/"):
        if resembles_key(word):
            secrets.add(word)
    if secret:
        _learn_whole(url, parts, secrets)


def _learn_whole(url: str, parts: SplitResult, secrets: Secrets) -> None:
    secrets.add(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    for text in (target, parts.path):
        if text.strip("/"):
            secrets.add(text)
    for word in parts.path.split("/"):
        if len(word) >= _LONG_WORD:
            secrets.add(word)


def _is_secret(name: str, value: str, secrets: Secrets) -> bool:
    return secrets.named(name) or resembles_key(value)
