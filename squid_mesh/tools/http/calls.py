"""``http.get``, ``http.post`` and the other calls. One call is one attempt; the engine retries."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict, Unpack

from pydantic import SecretBytes, SecretStr

from squid_mesh.hooks import GuardedLogger
from squid_mesh.tools.http import policy as policies
from squid_mesh.tools.http.errors import HttpError, HttpRedirect
from squid_mesh.tools.http.message import Content, Url, compose_message
from squid_mesh.tools.http.policy import Policy
from squid_mesh.tools.http.response import build_result, complete_error
from squid_mesh.tools.http.result import HttpResult
from squid_mesh.tools.http.transport.budget import Budget
from squid_mesh.tools.http.transport.exchange import send_request
from squid_mesh.tools.http.transport.redirects import follow_redirect, is_redirect
from squid_mesh.tools.http.urls import mask_url
from squid_mesh.tools.secrets import SECRET_TYPES, Secrets, reveal

logger = GuardedLogger("squid_mesh.tools.http")


class CallOptions(TypedDict, total=False):
    """The keyword arguments of every call; see ``request``."""

    headers: Mapping[str, str | SecretStr] | None
    params: Mapping[str, Any] | None
    json: Any
    form: Mapping[str, Any] | None
    content: bytes | SecretBytes | None
    idempotency_key: str | None
    timeout: float | tuple[float, float] | None
    total_seconds: float | None
    max_bytes: int | None
    max_redirects: int | None
    policy: Policy | None


def request(
    method: str,
    url: Url,
    *,
    headers: Mapping[str, str | SecretStr] | None = None,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    content: bytes | SecretBytes | None = None,
    idempotency_key: str | None = None,
    timeout: float | tuple[float, float] | None = None,
    total_seconds: float | None = None,
    max_bytes: int | None = None,
    max_redirects: int | None = None,
    policy: Policy | None = None,
) -> HttpResult:
    """Call a URL once and return the response if its status is 2xx or 304.

    The URL, ``content``, and every value in ``headers``, ``params``, ``json`` and ``form`` may be a
    ``SecretStr``.

    Args:
        method: such as ``GET``.
        url: an http or https URL.
        headers, params: the headers and the query parameters.
        json, form, content: the body; at most one of them.
        idempotency_key: the header ``Idempotency-Key``.
        timeout: the seconds to connect and to wait for data, as one number or two.
        total_seconds: the limit of the whole call, redirects included.
        max_bytes: the limit of the response's body, decompressed.
        max_redirects: the limit of redirects.
        policy: replaces the policy of the settings. The arguments above replace single limits.

    Raises:
        HttpError: the call gave no such response. Let it pass: the engine retries the step if that may help.
    """
    limits = _apply_limits(policy, timeout, total_seconds, max_bytes, max_redirects)
    given = Content(
        headers=headers,
        params=params,
        json=json,
        form=form,
        content=content,
        idempotency_key=idempotency_key,
    )
    outcome = _attempt(method.upper(), url, given, limits)
    if isinstance(outcome, HttpError):
        raise outcome  # raised here, where neither the context nor this frame contains a plain secret
    return outcome


def get(url: Url, **options: Unpack[CallOptions]) -> HttpResult:
    """Call with GET. See ``request``."""
    return request("GET", url, **options)


def post(url: Url, **options: Unpack[CallOptions]) -> HttpResult:
    """Call with POST. See ``request``."""
    return request("POST", url, **options)


def put(url: Url, **options: Unpack[CallOptions]) -> HttpResult:
    """Call with PUT. See ``request``."""
    return request("PUT", url, **options)


def patch(url: Url, **options: Unpack[CallOptions]) -> HttpResult:
    """Call with PATCH. See ``request``."""
    return request("PATCH", url, **options)


def delete(url: Url, **options: Unpack[CallOptions]) -> HttpResult:
    """Call with DELETE. See ``request``."""
    return request("DELETE", url, **options)


def _attempt(method: str, url: Url, given: Content, policy: Policy) -> HttpResult | HttpError:
    started = time.monotonic()
    secrets = Secrets(policy.names)
    shown_url = mask_url(str(reveal(url)), secrets, secret=isinstance(url, SECRET_TYPES))
    outcome: HttpResult | HttpError
    try:
        message = compose_message(method, url, given, secrets=secrets, user_agent=policy.user_agent)
        budget = Budget(
            connect=policy.connect_timeout,
            read=policy.read_timeout,
            total=policy.total_seconds,
            body_bytes=policy.max_response_bytes,
        )
        redirects = 0
        while True:
            method, shown_url = message.method, message.masked_url(secrets)
            answer = send_request(message, policy, budget)
            if not is_redirect(answer.status):
                break
            if redirects == policy.max_redirects:
                raise HttpRedirect(f"failed: more than {redirects} redirects", status=answer.status)
            message = follow_redirect(message, answer.status, answer.headers.get("location"), secrets)
            redirects += 1
        outcome = build_result(
            answer, method, shown_url, time.monotonic() - started, secrets, policy.max_retry_after
        )
    except HttpError as error:
        outcome = complete_error(error, method, shown_url)
    logger.debug("%s %s: %r in %.3f s", method, shown_url, outcome, time.monotonic() - started)
    return outcome


def _apply_limits(
    policy: Policy | None,
    timeout: float | tuple[float, float] | None,
    total_seconds: float | None,
    max_bytes: int | None,
    max_redirects: int | None,
) -> Policy:
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    given: dict[str, Any] = {
        "connect_timeout": connect,
        "read_timeout": read,
        "total_seconds": total_seconds,
        "max_response_bytes": max_bytes,
        "max_redirects": max_redirects,
    }
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(policy or policies.current_policy(), **changes)
