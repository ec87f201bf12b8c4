"""What the caller is told: a result for a success, or an error whose every word may be stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from squid_mesh.tools.http.errors import HttpError
from squid_mesh.tools.http.results.result import HttpResult
from squid_mesh.tools.http.results.retry_after import is_retryable_status, parse_retry_after
from squid_mesh.tools.http.results.status import HttpStatus
from squid_mesh.tools.http.transport.exchange import Answer
from squid_mesh.tools.secrets import Secrets

#: So many characters of an answer that isn't a success are kept in the error.
_ANSWER_SHOWN: Final = 500
_NOT_MODIFIED: Final = 304


def build_result(
    answer: Answer, method: str, where: str, elapsed: float, secrets: Secrets, longest_wait: float
) -> HttpResult | HttpStatus:
    """The result, or the error that its status is."""
    result = HttpResult(
        status=answer.status,
        url=where,
        headers=answer.headers,
        body=answer.body,
        elapsed=elapsed,
        secrets=secrets,
    )
    status = answer.status
    if 200 <= status <= 299 or status == _NOT_MODIFIED:
        return result
    passing = is_retryable_status(status)
    wait = parse_retry_after(answer.headers.get("retry-after"), datetime.now(UTC), longest_wait)
    wait = wait if passing else None
    asked = "" if wait is None else f" and asks to wait {wait:g} s"
    return HttpStatus(
        f"{method} {where} answered {status}{asked}.",
        result=result,
        retry_after=wait,
        retryable=passing,
        method=method,
        url=where,
        answer=_shown(result, secrets),
    )


def complete_error(error: HttpError, method: str, where: str) -> HttpError:
    """A new error that says which call it is about; nothing of where it arose hangs on it."""
    return type(error)(f"{method} {where} {error.message}.", status=error.status, method=method, url=where)


def _shown(result: HttpResult, secrets: Secrets) -> str:
    """The beginning of the answer as it may be told."""
    try:
        text = json.dumps(secrets.masked(json.loads(result.body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = secrets.hide(result.text)
    printable = "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return printable[:_ANSWER_SHOWN]
