"""Sending one request and reading its response within the budget."""

from __future__ import annotations

import logging
import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException

import requests
from urllib3.exceptions import HTTPError

from squid_mesh.tools.http.errors import HttpError, HttpTooLarge, HttpTransport
from squid_mesh.tools.http.message import Message
from squid_mesh.tools.http.policy import Policy
from squid_mesh.tools.http.transport.budget import Budget
from squid_mesh.tools.http.transport.connection import GuardedAdapter
from squid_mesh.tools.http.transport.decoding import decompress
from squid_mesh.tools.http.transport.redirects import is_redirect

_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response as received. The body of a redirect is not read."""

    status: int
    headers: dict[str, str]
    body: bytes


def send_request(message: Message, policy: Policy, budget: Budget) -> Answer:
    """Send the request and return the response.

    Raises:
        HttpError: the message is a predicate without subject; ``complete_error`` adds the method and the URL.
    """
    adapter = GuardedAdapter(policy, budget)
    try:
        with mute_urllib3():
            response = adapter.send(message.prepared, stream=True, timeout=(budget.connect, budget.read))
            try:
                return _read_answer(message, response, budget)
            finally:
                response.close()
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        raise _translate_error(error, budget) from None
    finally:
        adapter.close()


def _read_answer(message: Message, response: requests.Response, budget: Budget) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    if is_redirect(status):
        return Answer(status=status, headers=headers, body=b"")
    length = headers.get("content-length", "")
    if message.method != "HEAD" and length.isdecimal() and int(length[:20]) > budget.body_bytes:
        raise HttpTooLarge(_too_large_message(budget), status=status)
    encoding = "" if message.method == "HEAD" else headers.get("content-encoding", "")
    body = bytearray()
    for piece in decompress(_read_raw(response), encoding):
        body += piece
        if len(body) > budget.body_bytes:
            raise HttpTooLarge(_too_large_message(budget), status=status)
    return Answer(status=status, headers=headers, body=bytes(body))


def _read_raw(response: requests.Response) -> Iterator[bytes]:
    yield from response.raw.stream(_PIECE, decode_content=False)


def _too_large_message(budget: Budget) -> str:
    return f"failed: the response exceeds the limit of {budget.body_bytes} bytes"


def _translate_error(error: Exception, budget: Budget) -> HttpError:
    """Return our error for an error of requests, urllib3 or the system.

    Their messages are not used, because they contain the URL.
    """
    chain = list(_list_causes(error))
    if any(isinstance(link, TimeoutError) for link in chain):
        return budget.timed_out(f"timed out: no data received for {budget.read:g} s")
    return HttpTransport(f"failed: {_find_reason(chain)}")


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and the errors that caused it."""
    seen: set[int] = set()
    found: list[BaseException] = [error]
    while found:
        link = found.pop(0)
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        parts = (*link.args, getattr(link, "reason", None), link.__cause__, link.__context__)
        found += [part for part in parts if isinstance(part, BaseException)]


def _find_reason(chain: list[BaseException]) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"the certificate isn't trusted: {link.verify_message}"
        if isinstance(link, ssl.SSLError):
            return f"TLS failed: {link.reason}"
    for link in chain:
        if isinstance(link, OSError) and isinstance(link.errno, int) and link.errno > 0:
            return os.strerror(link.errno)
    return f"the connection broke ({type(chain[-1]).__name__})"


#: Whether urllib3 must not log in this thread: its log records contain whole URLs.
_muted = threading.local()


@contextmanager
def mute_urllib3() -> Iterator[None]:
    """Drop the log records of urllib3 in this thread during the block."""
    before = getattr(_muted, "value", False)
    _muted.value = True
    try:
        yield
    finally:
        _muted.value = before


def _may_log(_record: logging.LogRecord) -> bool:
    return not getattr(_muted, "value", False)


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_may_log)
