"""Whatever a server sends ends in a result or in an HttpError, and each part of both can be read."""

from __future__ import annotations

import gzip
from contextlib import suppress
from dataclasses import replace

import pytest

from squid_mesh.tools import http
from squid_mesh.tools.http import HttpError, Policy
from tests.unit.tools.conftest import Open


def answer(first: str, *headers: str | bytes, body: bytes = b"") -> bytes:
    lines = [line if isinstance(line, bytes) else line.encode("latin-1") for line in (first, *headers)]
    return b"\r\n".join([*lines, b"", b""]) + body


def sized(body: bytes, *headers: str, status: int = 200) -> bytes:
    return answer(f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers, body=body)


CHARSETS = (
    *("undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "idna", "punycode", "mbcs", "utf-16"),
    *("hex", "zip", "base64", "rot13", "a\x00b", "\xff", "", "'", '"', "utf-8;charset=x", "x" * 5000),
)
RETRY_AFTER = (
    *("Fri, 31 Dec 99999999999999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "1e309", "-5", "nan"),
    *("Mon, 01 Jan 0001 00:00:00 +2359", "Wed, 21 Oct 2015 07:28:00 +99999999", "9" * 400, "\xb2", "", "Wed"),
)
LOCATIONS = (
    *(
        "http://[",
        "http://[::1",
        "//",
        "http://a:99999999/",
        "http://\x00/",
        "http://exa mple/",
        "javascript:1",
    ),
    *("http://xn--a/", f"http://{'a' * 300}/", "http://:80/", "\xff\xfe", "http://a@b@c/", "http://%00/"),
    *("http:///x", "http://127.0.0.1:0/", "http://[fe80::1%25eth0]/", "http://127.0.0.1:80:80/", "data:,x"),
)
STATUS_LINES = (
    *("HTTP/1.1", "HTTP/1.1 abc OK", "HTTP/1.1 99 x", "HTTP/1.1 1000 x", "HTTP/1.1 -1 x", "HTTP/9.9 200 OK"),
    *("", "\x00", "ICY 200 OK", "HTTP/1.1 \xb2\xb3 x", "HTTP/1.1 999 x", "HTTP/1.1 101 x", "HTTP/1.1 204 x"),
    *(f"HTTP/1.1 200 {'x' * 70_000}", "HTTP/1.1 300 x", "HTTP/1.1 304 x"),
)
LENGTHS = ("-1", "abc", "99999", "1" * 5000, "5, 5", "5, 6", "\xd9\xa5", "+5", "0x5", "")
CHUNKS = {
    "garbage": b"zz\r\nhello",
    "negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "huge": b"ffffffffffffffffff\r\nhello",
    "short": b"5\r\nhel",
    "long extension": b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "trailers": b"0\r\n" + b"a: b\r\n" * 500 + b"\r\n",
}
COOKIES = (
    "a=b; expires=Fri, 31 Dec 99999 23:59:59 GMT",
    "=",
    "a=b; Max-Age=99999999999999999999",
    ";" * 5000,
)
BODIES = {
    "deep": b"[" * 100_000,
    "almost too deep": b'{"a":' * 950 + b"1" + b"}" * 950,
    "long number": b"1" * 100_000,
    "surrogate": b'"\\ud800"',
    "no number": b"NaN",
    "binary": bytes(range(256)),
}
PACKED = gzip.compress(b"x" * 9999)

ANSWERS: dict[str, bytes] = {
    **{
        f"charset {name[:20]!r}, {status}": sized(
            b"+AGE\xff", f"Content-Type: text/plain; charset={name}", status=status
        )
        for name in CHARSETS
        for status in (200, 400, 503)
    },
    "charset of RFC 2231": sized(b"x", "Content-Type: text/plain; charset*=undefined''%ff", status=400),
    **{f"retry after {text[:40]!r}": sized(b"", f"Retry-After: {text}", status=503) for text in RETRY_AFTER},
    **{
        f"location {url[:30]!r}, {status}": sized(b"", f"Location: {url}", status=status)
        for url in LOCATIONS
        for status in (301, 307)
    },
    **{f"status line {line[:20]!r}": answer(line, "Content-Length: 0") for line in STATUS_LINES},
    **{
        f"length {text[:10]!r}": answer("HTTP/1.1 200 OK", f"Content-Length: {text}", body=b"hello")
        for text in LENGTHS
    },
    **{
        f"chunks: {name}": answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=body)
        for name, body in CHUNKS.items()
    },
    **{f"cookie {text[:30]!r}": sized(b"", f"Set-Cookie: {text}") for text in COOKIES},
    **{
        f"body: {name}, {status}": sized(body, "Content-Type: application/json", status=status)
        for name, body in BODIES.items()
        for status in (200, 400)
    },
    **{
        f"encoding {name!r}": sized(b"\x1f\x8b123456\xff", f"Content-Encoding: {name}")
        for name in ("gzip", "deflate", "br", "gzip, gzip", "zstd", "\x00", ", ,")
    },
    "gzip, cut": answer("HTTP/1.1 200 OK", "Content-Encoding: gzip", body=PACKED[:-9]),
    "gzip, wrong checksum": answer(
        "HTTP/1.1 200 OK", "Content-Encoding: gzip", body=PACKED[:-8] + b"12345678"
    ),
    "gzip, empty": sized(b"", "Content-Encoding: gzip"),
    "huge header": sized(b"", f"X: {'a' * 70_000}"),
    "many headers": sized(b"", *(f"X{n}: 1" for n in range(500))),
    "no headers": answer("HTTP/1.1 200 OK", "no colon here", "\xff\xfe: x"),
    "nothing": b"",
    "zeros": b"\x00" * 100,
    "TLS": b"\x16\x03\x01\x02\x00",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_ends_in_a_result_or_an_http_error(name: str, site: Open, here: Policy) -> None:
    policy = replace(here, read_timeout=2, total_seconds=4)
    outcome: http.HttpResult | HttpError
    try:
        outcome = http.get(site(ANSWERS[name]).url("/x"), policy=policy)
        assert isinstance(outcome.text, str)
        with suppress(HttpError):
            outcome.json()
    except HttpError as error:
        outcome = error
    assert isinstance(outcome.as_dict(), dict)


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("text/plain; charset=latin-1", "Caf\xe9"),
        ("text/plain; charset=unicode_escape", "Caf\ufffd"),
        ("text/plain; charset=undefined", "Caf\ufffd"),
        ("text/plain; charset=base64", "Caf\ufffd"),
        ("text/plain", "Caf\ufffd"),
        ("", "Caf\ufffd"),
    ],
)
def test_a_text_is_read_in_the_named_encoding_if_the_web_has_it(content_type: str, text: str) -> None:
    result = http.HttpResult(status=200, url="u", headers={"content-type": content_type}, body=b"Caf\xe9")
    assert result.text == text
