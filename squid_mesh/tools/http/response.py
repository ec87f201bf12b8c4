"""The outcome of a call: a result for a success, else an error that is safe to store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from squid_mesh.tools.http.errors import HttpError
from squid_mesh.tools.http.result import HttpResult, HttpStatus
from squid_mesh.tools.http.transport.exchange import Answer
from squid_mesh.tools.secrets import Secrets

#: The most characters of a response's body that an error contains.
_MAX_BODY_SHOWN: Final = 500
_NOT_MODIFIED: Final = 304
#: Request timeout, too early, too many requests. All of 5xx is retryable, too.
_RETRYABLE: Final = frozenset({408, 425, 429})


def build_result(
    answer: Answer, method: str, url: str, elapsed: float, secrets: Secrets, max_retry_after: float
) -> HttpResult | HttpStatus:
    """Return the result of a success, 2xx or 304, or the error for another status."""
    result = HttpResult(
        status=answer.status,
        url=url,
        headers=answer.headers,
        body=answer.body,
        elapsed=elapsed,
        secrets=secrets,
    )
    status = answer.status
    if 200 <= status <= 299 or status == _NOT_MODIFIED:
        return result
    retryable = is_retryable_status(status)
    wait = None
    if retryable:
        wait = parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC), max_retry_after)
    retry = "" if wait is None else f" and asked to retry after {wait:g} s"
    return HttpStatus(
        f"{method} {url} returned {status}{retry}.",
        result=result,
        retry_after=wait,
        retryable=retryable,
        method=method,
        url=url,
        answer=_shorten_body(result, secrets),
    )


def complete_error(error: HttpError, method: str, url: str) -> HttpError:
    """Return a new error that names the call, without the context and traceback of the first one."""
    return type(error)(f"{method} {url} {error.message}.", status=error.status, method=method, url=url)


def is_retryable_status(status: int) -> bool:
    """Whether another attempt may get another status."""
    return status in _RETRYABLE or 500 <= status <= 599


def parse_retry_after(header: str | None, now: datetime, limit: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, at most ``limit``, or None.

    The header is a number of seconds or an HTTP date. Other values and past dates give None.
    """
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(text[:12])
    else:
        try:
            moment = parsedate_to_datetime(text)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            seconds = (aware - now).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return min(seconds, limit) if seconds > 0 else None


def _shorten_body(result: HttpResult, secrets: Secrets) -> str:
    """Return the start of the body, with secrets masked and unprintable characters replaced."""
    try:
        text = json.dumps(secrets.mask_json(json.loads(result.body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = secrets.mask_text(result.text)
    printable = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable[:_MAX_BODY_SHOWN]
