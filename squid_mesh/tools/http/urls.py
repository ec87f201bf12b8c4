"""Masking of URLs for errors, logs and stored results."""

from __future__ import annotations

from typing import Final
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

from squid_mesh.tools.secrets import MASK, Secrets, resembles_key

UNREADABLE: Final = "an invalid URL"
#: In a secret URL, path segments of this length are secrets: ``s3cr3t-word``, but not ``webhooks``.
_LONG_SEGMENT: Final = 10


def origin(url: str) -> str:
    """Return ``scheme://host``, with the port unless it is the scheme's default."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{shown}" + ("" if parts.port in (None, usual) else f":{parts.port}")


def mask_url(url: str, secrets: Secrets, *, secret: bool) -> str:
    """Return the URL without credentials and fragment, with each secret masked.

    If the whole URL is secret, only its origin is returned. Otherwise the query parameters with secret names
    are masked, and the parts that resemble keys.
    """
    try:
        base, parts = origin(url), urlsplit(url)
    except ValueError:
        return UNREADABLE
    if not parts.hostname or not url.isprintable():
        return UNREADABLE
    if secret:
        return base
    path = "/".join(MASK if resembles_key(segment) else segment for segment in parts.path.split("/"))
    query = "&".join(
        f"{quote(name)}={MASK if _is_secret(name, value, secrets) else quote(value)}"
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return secrets.mask_text(base + path + (f"?{query}" if query else ""))


def add_url_secrets(url: str, secrets: Secrets, *, secret: bool) -> None:
    """Register the parts that :func:`mask_url` masks, so that they are masked in responses, too."""
    parts = urlsplit(url)
    if parts.password:
        secrets.add(parts.password)
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if secret or _is_secret(name, value, secrets):
            secrets.add(value)
    for segment in parts.path.split("/"):
        if resembles_key(segment):
            secrets.add(segment)
    if secret:
        _add_whole_url(url, parts, secrets)


def _add_whole_url(url: str, parts: SplitResult, secrets: Secrets) -> None:
    secrets.add(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    for text in (target, parts.path):
        if text.strip("/"):
            secrets.add(text)
    for segment in parts.path.split("/"):
        if len(segment) >= _LONG_SEGMENT:
            secrets.add(segment)


def _is_secret(name: str, value: str, secrets: Secrets) -> bool:
    return secrets.has_name(name) or resembles_key(value)
