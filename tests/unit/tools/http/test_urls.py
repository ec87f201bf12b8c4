"""Masking: no secret appears in URLs, errors, tracebacks, logs or stored results."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretBytes, SecretStr

from squid_mesh.tools import MASK, Secrets, http
from squid_mesh.tools.http import HttpError, Policy
from squid_mesh.tools.http.urls import UNREADABLE, mask_url
from tests.sites import Answer, Request, reply
from tests.unit.tools.conftest import Open

#: The secret of all these tests, and what base64 makes of it in a header.
SECRET = "s3cret-w0rd"
ENCODED = "bWU6czNjcmV0LXcwcmQ="
#: A secret that only its form shows to be one.
LONG = f"{SECRET}0123456789"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/b/c?d=e", "https://a.example/b/c?d=e"),
        ("https://a.example:443/", "https://a.example/"),
        ("http://a.example:8080/x#y", "http://a.example:8080/x"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("https://me:word@a.example/", "https://a.example/"),
        ("https://word@a.example/", "https://a.example/"),
        ("https://a.example/?token=word&b=c", f"https://a.example/?token={MASK}&b=c"),
        ("https://a.example/?sig=word", f"https://a.example/?sig={MASK}"),
        ("https://a.example/?q=abcdefghij0123456789", f"https://a.example/?q={MASK}"),
        (
            "https://discord.com/api/webhooks/1234567890/aBcDeFgHiJ0123456789-_aBcDeFg",
            f"https://discord.com/api/webhooks/1234567890/{MASK}",
        ),
        (
            "https://hooks.example/services/T0000/B0000/XXXXXXXX1234XXXXXXXX",
            f"https://hooks.example/services/T0000/B0000/{MASK}",
        ),
        ("https://bot.example/bot123456:ABC-DEF1234ghIkl-zyx57W2/send", f"https://bot.example/{MASK}/send"),
        ("https:/me:word@a.example/", UNREADABLE),
        ("https://me:word/x@a.example/", UNREADABLE),
        ("https://me:word\n@a.example/", UNREADABLE),
        ("https://a.example/\x00", UNREADABLE),
        ("https://a.example/\ud800", UNREADABLE),
        ("data:text/plain,word", UNREADABLE),
        ("word", UNREADABLE),
        ("", UNREADABLE),
    ],
)
def test_a_url_is_shown_with_its_secrets_masked(url: str, shown: str) -> None:
    assert mask_url(url, Secrets(), secret=False) == shown


@pytest.mark.parametrize(
    "url", ["https://me:word@a.example:8443/word?word=word#word", "https://a.example:8443/word"]
)
def test_only_the_origin_of_a_secret_url_is_shown(url: str) -> None:
    assert mask_url(url, Secrets(), secret=True) == "https://a.example:8443"


def echo(status: int) -> Callable[[Request], Answer]:
    """Return a response that repeats the whole request, in the body and in a header."""

    def answer(request: Request) -> bytes:
        said = json.dumps([request.target, request.headers, request.body.decode()])
        return reply(status, said.encode(), X_Echo=request.target, Set_Cookie=f"session={SECRET}")

    return answer


def echo_in_text(request: Request) -> bytes:
    words = [request.target, *request.target.replace("?", "/").split("/"), *request.headers.values()]
    return reply(400, "; ".join([*words, request.body.decode()]).encode())


def redirecting(request: Request) -> bytes:
    return reply(302, Location=request.target + "/" + LONG)


def broken(request: Request) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nBad header " + request.target.encode() + b"\r\n\r\n."


ANSWERS = {
    "500": echo(500),
    "404": echo(404),
    "text": echo_in_text,
    "circle": redirecting,
    "broken": broken,
    "not http": lambda request: request.target.encode() + b"\r\n\r\n",
    "too large": lambda request: reply(200, b"." * 20_000),
    "nothing": lambda request: b"",
    "unzipped": lambda request: reply(200, SECRET.encode(), Content_Encoding="gzip"),
    "elsewhere": lambda request: reply(302, Location=f"http://127.1/{LONG}"),
    "unreadable": lambda request: reply(302, Location=f"http://[{LONG}"),
    "other scheme": lambda request: reply(302, Location=f"ftp://127.0.0.1/{LONG}"),
}
GIVEN: dict[str, Callable[[str], tuple[Any, dict[str, Any]]]] = {
    "path": lambda url: (SecretStr(f"{url}hooks/{SECRET}"), {}),
    "secret query": lambda url: (SecretStr(f"{url}?q={SECRET}"), {}),
    "long path": lambda url: (f"{url}{LONG}", {}),
    "long parameter": lambda url: (url, {"params": {"q": LONG}}),
    "query": lambda url: (f"{url}?access_token={SECRET}", {}),
    "userinfo": lambda url: (url.replace("://", f"://me:{SECRET}@"), {}),
    "parameter": lambda url: (url, {"params": {"q": SecretStr(SECRET)}}),
    "named parameter": lambda url: (url, {"params": {"api_key": SECRET}}),
    "header": lambda url: (url, {"headers": {"X-Plain": SecretStr(SECRET)}}),
    "credentials": lambda url: (url, {"headers": {"Authorization": f"Bearer {SECRET}"}}),
    "wrapped credentials": lambda url: (url, {"headers": {"X": SecretStr(f"Bearer {SECRET}")}}),
    "cookie": lambda url: (url, {"headers": {"Cookie": f"a={SECRET}"}}),
    "json": lambda url: (url, {"json": {"a": [SecretStr(SECRET)]}}),
    "named json": lambda url: (url, {"json": {"password": SECRET}}),
    "form": lambda url: (url, {"form": {"a": SecretStr(SECRET)}}),
    "content": lambda url: (url, {"content": SecretBytes(SECRET.encode())}),
}


def everything_shown(error: BaseException) -> str:
    """Return all that could be stored or shown of an error, and what an error reporter would add."""
    seen: list[str] = [str(error), repr(error), repr(vars(error)), repr(error.args)]
    seen += traceback.TracebackException.from_exception(error).format()
    assert error.__context__ is None
    assert error.__cause__ is None
    return "\n".join(seen)


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("answer", ANSWERS)
def test_no_error_shows_a_secret(
    answer: str, given: str, site: Open, here: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    called = site(ANSWERS[answer])
    url, options = GIVEN[given](called.url())
    caplog.set_level(logging.DEBUG)
    with pytest.raises(HttpError) as caught:
        http.post(url, policy=here, max_bytes=10_000, **options)
    assert called.requests
    for text in (everything_shown(caught.value), caplog.text, json.dumps(caught.value.as_dict())):
        assert SECRET not in text
        assert ENCODED not in text
    assert "squid_mesh.tools.http" in {record.name for record in caplog.records}
    assert not {record.name for record in caplog.records if record.name.startswith("urllib3")}


@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://missing.invalid/", "https://127.0.0.1:9/", "ftp://a/"]
)
def test_no_error_of_an_unsent_call_shows_a_secret(
    url: str, given: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address, options = GIVEN[given](url)
    for policy in (Policy(), Policy(allow_private=True)):
        with pytest.raises(HttpError) as caught:
            http.get(address, policy=policy, **options)
        assert SECRET not in everything_shown(caught.value) + caplog.text


@pytest.mark.parametrize(
    "given",
    ["path", "secret query", "parameter", "header", "wrapped credentials", "json", "form", "content"],
)
def test_no_frame_contains_a_wrapped_secret_in_plain_text(given: str, site: Open, here: Policy) -> None:
    """Some error reporters send the local variables of a traceback."""
    called = site(echo(500))
    url, options = GIVEN[given](called.url())
    with pytest.raises(HttpError) as caught:
        http.post(url, policy=here, **options)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert SECRET not in "".join(trace.format())


def test_a_secret_in_a_redirect_is_masked(site: Open, here: Policy) -> None:
    def answer(request: Request) -> Answer:
        return reply(302, Location=f"/x?token={SECRET}") if request.target == "/" else echo_in_text(request)

    called = site(answer)
    with pytest.raises(HttpError) as caught:
        http.get(called.url(), policy=here)
    assert f"token={MASK}" in str(caught.value)
    assert SECRET not in everything_shown(caught.value)


def test_a_success_is_logged_without_secrets(
    site: Open, here: Policy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    http.get(SecretStr(site(echo(200)).url(f"/hooks/{SECRET}")), policy=here)
    (record,) = [r for r in caplog.records if r.name == "squid_mesh.tools.http"]
    assert "GET http://127.0.0.1" in record.getMessage()
    assert "200" in record.getMessage()
    assert SECRET not in caplog.text


def test_urllib3_is_muted_for_our_calls_only(caplog: pytest.LogCaptureFixture, site: Open) -> None:
    import urllib3

    caplog.set_level(logging.DEBUG)
    with urllib3.PoolManager() as pool:
        pool.request("GET", site(reply()).url())
    assert "urllib3.connectionpool" in {record.name for record in caplog.records}
