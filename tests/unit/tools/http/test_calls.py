"""What a call sends and returns; one call is one attempt."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, HttpUrl, Secret, SecretBytes, SecretStr

from squid_mesh.tools import http
from squid_mesh.tools.http import HttpInvalid, HttpResult, HttpStatus, HttpTransport, Policy
from tests.sites import Request, reply
from tests.unit.tools.conftest import Open


class Card(BaseModel):
    number: SecretStr
    until: date


@dataclass
class Order:
    id: UUID
    card: Card


@pytest.mark.parametrize(
    ("call", "method"),
    [
        (http.get, "GET"),
        (http.post, "POST"),
        (http.put, "PUT"),
        (http.patch, "PATCH"),
        (http.delete, "DELETE"),
        (lambda url, **options: http.request("options", url, **options), "OPTIONS"),
    ],
)
def test_each_function_calls_its_method(
    call: Callable[..., HttpResult], method: str, site: Open, here: Policy
) -> None:
    called = site(reply(201, b"made"))
    result = call(called.url("/a/b?c=d#e"), policy=here)
    assert (result.status, result.body) == (201, b"made")
    assert [(r.method, r.target) for r in called.requests] == [(method, "/a/b?c=d")]


def test_a_head_response_has_no_body(site: Open, here: Policy) -> None:
    called = site(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\nContent-Encoding: gzip\r\n\r\n")
    assert http.request("HEAD", called.url(), policy=here).body == b""


def sent(site: Open, here: Policy, **options: Any) -> Request:
    called = site(reply())
    http.post(called.url(), policy=here, **options)
    (request,) = called.requests
    return request


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, None, "ü"]}, {"a": [1, None, "ü"]}),
        ([], []),
        ("text", "text"),
        (SecretStr("word"), "word"),
        ({"a": [SecretStr("word")], "b": (SecretBytes(b"word"),)}, {"a": ["word"], "b": ["word"]}),
        ({"a": Secret[int](5)}, {"a": 5}),
        (
            Order(UUID(int=7), Card(number=SecretStr("4000"), until=date(2026, 12, 1))),
            {
                "id": "00000000-0000-0000-0000-000000000007",
                "card": {"number": "4000", "until": "2026-12-01"},
            },
        ),
        ({"price": Decimal("9.90")}, {"price": "9.90"}),
    ],
)
def test_a_json_body_contains_its_secrets_in_plain_text(
    value: Any, expected: Any, site: Open, here: Policy
) -> None:
    request = sent(site, here, json=value)
    assert json.loads(request.body) == expected
    assert request.headers["content-type"] == "application/json"


def test_a_form_contains_its_secrets_in_plain_text(site: Open, here: Policy) -> None:
    request = sent(site, here, form={"a": "1 ü&", "b": ["x", SecretStr("y")], "c": None, "d": 5})
    assert request.body == b"a=1+%C3%BC%26&b=x&b=y&d=5"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("content", [b"\x00\xff", SecretBytes(b"\x00\xff")])
def test_bytes_are_sent_as_they_are(content: Any, site: Open, here: Policy) -> None:
    request = sent(site, here, content=content, headers={"content-type": "application/x-mine"})
    assert request.body == b"\x00\xff"
    assert request.headers["content-type"] == "application/x-mine"


def test_parameters_are_added_to_those_of_the_url(site: Open, here: Policy) -> None:
    called = site(reply())
    http.get(called.url("/x?a=1"), params={"b": SecretStr("ü &"), "c": [1, 2], "d": None}, policy=here)
    assert called.requests[0].target == "/x?a=1&b=%C3%BC+%26&c=1&c=2"


def test_default_headers_can_be_overridden(site: Open, here: Policy) -> None:
    called = site(reply())
    http.get(called.url(), policy=here)
    assert called.requests[0].headers == {
        "host": f"127.0.0.1:{called.port}",
        "user-agent": "squid-mesh",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "connection": "close",
    }
    given = {"user-agent": "mine", "Accept": "text/xml", "X-Secret": SecretStr("word")}
    headers = sent(site, here, headers=given).headers
    assert (headers["user-agent"], headers["accept"], headers["x-secret"]) == ("mine", "text/xml", "word")


def test_the_idempotency_key_is_a_header(site: Open, here: Policy) -> None:
    headers = {"IDEMPOTENCY-KEY": "other"}
    assert sent(site, here, idempotency_key="run:step:1", headers=headers).headers["idempotency-key"] == (
        "run:step:1"
    )


def test_credentials_in_the_url_are_sent_as_basic_authentication(site: Open, here: Policy) -> None:
    called = site(reply())
    http.get(called.url().replace("http://", "http://me:pass%20word@"), policy=here)
    request = called.requests[0]
    assert request.headers["authorization"] == "Basic bWU6cGFzcyB3b3Jk"
    assert request.headers["host"] == f"127.0.0.1:{called.port}"


@pytest.mark.parametrize(
    "kind", [str, HttpUrl, SecretStr, Secret[HttpUrl], lambda url: Secret[HttpUrl](HttpUrl(url))]
)
def test_a_url_may_be_a_string_a_url_or_a_secret(kind: Any, site: Open, here: Policy) -> None:
    called = site(reply())
    http.get(kind(called.url("/path")), policy=here)
    assert called.requests[0].target == "/path"


@pytest.mark.parametrize(
    "options",
    [
        {"json": {"a": float("nan")}},
        {"json": {"a": object()}},
        {"json": {"a": "\ud800"}},
        {"json": 1, "form": {}},
        {"form": {}, "content": b""},
        {"content": "text"},
        {"content": SecretStr("text")},
        {"headers": {"A": "b\r\nC: d"}},
        {"headers": {"A": "b\x00"}},
        {"headers": {"A": "€"}},
        {"headers": {"A": " b"}},
        {"headers": {"A": 5}},
        {"headers": {"A:": "b"}},
        {"headers": {"": "b"}},
        {"headers": {"Host": "other.example"}},
        {"headers": {"content-length": "5"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"Connection": "keep-alive"}},
        {"idempotency_key": ""},
        {"idempotency_key": "a\nb"},
    ],
)
def test_an_invalid_request_is_rejected_before_anything_is_sent(
    options: dict[str, Any], site: Open, here: Policy
) -> None:
    called = site(reply())
    with pytest.raises(HttpInvalid) as caught:
        http.post(called.url(), policy=here, **options)
    assert not caught.value.retryable
    assert called.is_untouched()


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\n", "CONNECT", "TRACE", "Ü"])
def test_an_invalid_method_is_rejected(method: str, site: Open, here: Policy) -> None:
    called = site(reply())
    with pytest.raises(HttpInvalid):
        http.request(method, called.url(), policy=here)
    assert called.is_untouched()


def test_an_unknown_option_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        http.get("http://example.com/", retries=3)  # type: ignore[call-arg]  # that's the point


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 304])
def test_a_success_is_a_result(status: int, site: Open, here: Policy) -> None:
    assert http.get(site(reply(status)).url(), policy=here).status == status


@pytest.mark.parametrize(
    ("status", "retryable"),
    [(status, True) for status in (408, 425, 429, 500, 501, 502, 503, 504, 507, 599)]
    + [(status, False) for status in (300, 305, 400, 401, 402, 403, 404, 405, 409, 410, 418, 422, 451, 499)],
)
def test_a_failure_status_is_an_error_that_is_retryable_or_not(
    status: int, retryable: bool, site: Open, here: Policy
) -> None:
    called = site(reply(status, b'{"error": "why"}', Retry_After="7"))
    with pytest.raises(HttpStatus) as caught:
        http.post(called.url("/pay"), policy=here)
    error = caught.value
    assert (error.code, error.kind, error.status, error.retryable) == (
        "http_error",
        "status",
        status,
        retryable,
    )
    assert error.retry_after == error.delay == (7.0 if retryable else None)
    assert error.details == {
        "kind": "status",
        "status": status,
        **({"retry_after": 7.0} if retryable else {}),
        "method": "POST",
        "url": called.url("/pay"),
        "answer": '{"error": "why"}',
    }
    assert error.result.json() == {"error": "why"}
    assert str(error).startswith(f"POST {called.url('/pay')} returned {status}")
    assert len(called.requests) == 1


def test_retry_after_is_limited(site: Open, here: Policy) -> None:
    with pytest.raises(HttpStatus) as caught:
        http.get(site(reply(429, Retry_After="999999999999999999999")).url(), policy=here)
    assert caught.value.delay == 3600


def test_a_long_response_is_shortened_in_the_error(site: Open, here: Policy) -> None:
    with pytest.raises(HttpStatus) as caught:
        http.get(site(reply(400, b"\x00\x1b" + b"." * 10_000)).url(), policy=here)
    answer = caught.value.details["answer"]
    assert answer == "\N{REPLACEMENT CHARACTER}" * 2 + "." * 498


def test_a_broken_connection_is_not_retried(site: Open, here: Policy) -> None:
    called = site(b"")
    with pytest.raises(HttpTransport):
        http.get(called.url(), policy=here)
    assert (called.connections, len(called.requests)) == (1, 1)


def test_each_address_of_a_host_is_tried(site: Open, here: Policy) -> None:
    """Trying the next address before anything is sent is still one attempt."""
    called = site(reply(200, b"second"), host="127.0.0.5")
    policy = replace(here, resolve=lambda host, seconds: [ip_address("127.0.0.6"), ip_address("127.0.0.5")])
    assert http.get(called.url(host="two.example"), policy=policy).body == b"second"


def test_no_cookie_is_kept(site: Open, here: Policy) -> None:
    called = site(
        lambda request: reply(302, Location="/b", Set_Cookie="a=b") if request.target == "/" else reply()
    )
    http.get(called.url(), policy=here)
    http.get(called.url("/c"), policy=here)
    assert [r.target for r in called.requests] == ["/", "/b", "/c"]
    assert all("cookie" not in r.headers for r in called.requests)


def test_calls_of_several_threads_are_independent(site: Open, here: Policy) -> None:
    called = site(lambda request: reply(200, request.body))
    start = threading.Barrier(8)

    def call(number: int) -> bool:
        start.wait()
        return bool(http.post(called.url(), json=number, policy=here).json() == number)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(call, range(8)))
    assert Counter(json.loads(r.body) for r in called.requests) == Counter(range(8))


@pytest.mark.parametrize("answer", [reply(), b"", reply(500), reply(302, Location="/")])
def test_a_call_leaves_no_connection_open(answer: bytes, site: Open, here: Policy) -> None:
    called = site(answer)
    opened: list[socket.socket] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        opened.append(self)
        real(self, address)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", connect)
        with contextlib.suppress(http.HttpError):
            http.get(called.url(), policy=here)
    assert opened
    assert all(sock.fileno() == -1 for sock in opened)
