"""One request and its response, within the budget; whatever goes wrong becomes an error of ours."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
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
from squid_mesh.tools.http.transport.urllib3_logging import mute_urllib3

_PIECE = 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response. The body of a redirect is not read."""

    status: int
    headers: dict[str, str]
    body: bytes


def send_request(message: Message, policy: Policy, budget: Budget) -> Answer:
    """Send the request and read the response. Raises HttpError, its message only a predicate."""
    adapter = GuardedAdapter(policy, budget)
    try:
        with mute_urllib3():
            response = adapter.send(message.prepared, stream=True, timeout=(budget.connect, budget.read))
            try:
                return _answer(message, response, budget)
            finally:
                response.close()
    except (requests.RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
        raise _translated(error, budget) from None
    finally:
        adapter.close()


def _answer(message: Message, response: requests.Response, budget: Budget) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    status = response.status_code
    if is_redirect(status):
        return Answer(status=status, headers=headers, body=b"")
    length = headers.get("content-length", "")
    if message.method != "HEAD" and length.isdecimal() and int(length[:20]) > budget.body_bytes:
        raise HttpTooLarge(_too_large(budget), status=status)
    encoding = "" if message.method == "HEAD" else headers.get("content-encoding", "")
    body = bytearray()
    for piece in decompress(_wire(response), encoding):
        body += piece
        if len(body) > budget.body_bytes:
            raise HttpTooLarge(_too_large(budget), status=status)
    return Answer(status=status, headers=headers, body=bytes(body))


def _wire(response: requests.Response) -> Iterator[bytes]:
    yield from response.raw.stream(_PIECE, decode_content=False)


def _too_large(budget: Budget) -> str:
    return f"gave more than the {budget.body_bytes} bytes allowed"


def _translated(error: Exception, budget: Budget) -> HttpError:
    """Our error for one of requests', urllib3's or the system's, none of whose words are passed on.

    Their messages hold the address.
    """
    chain = list(_chain(error))
    if any(isinstance(link, TimeoutError) for link in chain):
        return budget.timed_out(f"failed: silence for {budget.read:g} s")
    return HttpTransport(f"failed: {_reason(chain)}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it was made of."""
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


def _reason(chain: list[BaseException]) -> str:
    for link in chain:
        if isinstance(link, ssl.SSLCertVerificationError):
            return f"its certificate isn't trusted: {link.verify_message}"
        if isinstance(link, ssl.SSLError):
            return f"TLS failed: {link.reason}"
    for link in chain:
        if isinstance(link, OSError) and isinstance(link.errno, int) and link.errno > 0:
            return os.strerror(link.errno)
    return f"the connection broke ({type(chain[-1]).__name__})"
