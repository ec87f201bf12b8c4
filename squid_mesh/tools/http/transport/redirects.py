"""Redirects: the next request, without the headers that only the former origin may see."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from squid_mesh.tools.http.errors import HttpBlocked, HttpInvalid, HttpRedirect
from squid_mesh.tools.http.message import Message, prepare_request, validate_url
from squid_mesh.tools.http.urls import add_url_secrets, origin
from squid_mesh.tools.secrets import Secrets

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS: Final = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


def is_redirect(status: int) -> bool:
    """Whether the status is a redirect."""
    return status in _REDIRECTS


def follow_redirect(message: Message, status: int, location: str | None, secrets: Secrets) -> Message:
    """Return the next request after a redirect.

    303, and 301 and 302 after POST, continue with GET and without a body; other redirects repeat the request.
    Another origin doesn't receive the private headers.

    Raises:
        HttpRedirect: it has no valid URL, leads from https to http, or would send a secret body to another
            origin.
        HttpBlocked: it leads to a scheme other than ``http`` and ``https``.
    """
    if not location:
        raise HttpRedirect(f"returned {status} without a URL to follow", status=status)
    target = _resolve_target(message.url, status, location)
    source, destination = origin(message.url), origin(target)
    if source.startswith("https:") and not destination.startswith("https:"):
        raise HttpRedirect(
            f"returned {status}, a redirect from https to http, which is not followed", status=status
        )
    method, body = _choose_method(message.method, status), message.prepared.body
    headers = {name: str(value) for name, value in message.prepared.headers.items()}
    if method != message.method:
        body = None
    if body is None:
        headers = {name: value for name, value in headers.items() if name.lower() not in _BODY_HEADERS}
    if source != destination:
        if body is not None and message.secret_body:
            reason = (
                f"returned {status}, a redirect that would send the secrets in the body to another origin"
            )
            raise HttpRedirect(reason, status=status)
        headers = {name: value for name, value in headers.items() if name.lower() not in message.private}
    add_url_secrets(target, secrets, secret=message.secret_address)
    return Message(
        prepared=prepare_request(method, target, headers, body if isinstance(body, bytes) else None),
        secret_address=message.secret_address,
        private=message.private,
        secret_body=message.secret_body,
    )


def _resolve_target(url: str, status: int, location: str) -> str:
    try:
        return validate_url(urljoin(url, _decode_header(location)))
    except HttpBlocked:
        raise HttpBlocked(
            f"returned {status}, a redirect to a URL that is not http or https", status=status
        ) from None
    except (HttpInvalid, ValueError):
        raise HttpRedirect(
            f"returned {status}, a redirect to a URL that can't be parsed", status=status
        ) from None


def _choose_method(method: str, status: int) -> str:
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        return "GET"
    return method


def _decode_header(location: str) -> str:
    """Return the header as UTF-8: headers arrive as Latin-1, but URLs are written in UTF-8."""
    try:
        return location.strip().encode("latin-1").decode()
    except UnicodeError:
        return location.strip()
