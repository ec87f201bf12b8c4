"""Where a redirect leads: the next request, without what was meant for the last origin only."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from squid_mesh.tools.http.errors import HttpBlocked, HttpInvalid, HttpRedirect
from squid_mesh.tools.http.message import Message, prepare_request, validate_url
from squid_mesh.tools.http.safe_urls import add_url_secrets, origin
from squid_mesh.tools.secrets import Secrets

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_OF_BODIES: Final = frozenset({"content-type", "content-length", "content-encoding", "content-language"})


def is_redirect(status: int) -> bool:
    """Whether an answer of that status names another address to ask."""
    return status in _REDIRECTS


def follow_redirect(message: Message, status: int, location: str | None, secrets: Secrets) -> Message:
    """The request that follows on a redirect.

    303, and for POST 301 and 302, go on as GET without a body; the rest repeat the request. Another origin
    gets none of the private headers.

    Raises:
        HttpRedirect: it names no address, leaves TLS, or would take a secret body to another origin.
        HttpBlocked: it leads to another scheme than ``http`` and ``https``.
    """
    if not location:
        raise HttpRedirect(f"answered {status}, but no address to go to", status=status)
    target = _target(message.url, status, location)
    source, aim = origin(message.url), origin(target)
    if source.startswith("https:") and not aim.startswith("https:"):
        raise HttpRedirect(f"answered {status}, which leads from https to http", status=status)
    method, body = _method(message.method, status), message.prepared.body
    headers = {name: str(value) for name, value in message.prepared.headers.items()}
    if method != message.method:
        body = None
    if body is None:
        headers = {name: value for name, value in headers.items() if name.lower() not in _OF_BODIES}
    if source != aim:
        if body is not None and message.secret_body:
            reason = f"answered {status}, which would take the secrets in the body to another origin"
            raise HttpRedirect(reason, status=status)
        headers = {name: value for name, value in headers.items() if name.lower() not in message.private}
    add_url_secrets(target, secrets, secret=message.secret_address)
    return Message(
        prepared=prepare_request(method, target, headers, body if isinstance(body, bytes) else None),
        secret_address=message.secret_address,
        private=message.private,
        secret_body=message.secret_body,
    )


def _target(url: str, status: int, location: str) -> str:
    try:
        return validate_url(urljoin(url, _decoded(location)))
    except HttpBlocked:
        raise HttpBlocked(
            f"answered {status}, which leads to neither http nor https", status=status
        ) from None
    except (HttpInvalid, ValueError):
        raise HttpRedirect(f"answered {status} with an address that can't be read", status=status) from None


def _method(method: str, status: int) -> str:
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        return "GET"
    return method


def _decoded(location: str) -> str:
    """Headers arrive as Latin-1, but addresses are written in UTF-8."""
    try:
        return location.strip().encode("latin-1").decode()
    except UnicodeError:
        return location.strip()
