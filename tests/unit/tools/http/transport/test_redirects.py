"""Redirects, and what another origin doesn't receive."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest
from pydantic import SecretStr

from squid_mesh.tools import http
from squid_mesh.tools.http import HttpRedirect, Policy
from tests.sites import Request, Site, reply
from tests.unit.tools.conftest import Open


def hop(status: int, location: str, body: bytes = b"") -> object:
    """Redirect ``/``, and return all other requests as they came."""

    def answer(request: Request) -> bytes:
        return reply(status, body, Location=location) if request.target == "/" else reply(200, b"there")

    return answer


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "GET", "GET"),
        (301, "POST", "GET"),
        (301, "PUT", "PUT"),
        (302, "POST", "GET"),
        (302, "DELETE", "DELETE"),
        (303, "GET", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (307, "GET", "GET"),
        (308, "POST", "POST"),
        (308, "PATCH", "PATCH"),
    ],
)
def test_method_and_body_change_as_the_standard_defines(
    status: int, method: str, then: str, site: Open, here: Policy
) -> None:
    called = site(hop(status, "/there?a=b"))
    http.request(method, called.url(), json={"a": 1}, idempotency_key="key", policy=here)
    first, second = called.requests
    assert (first.method, first.body) == (method, b'{"a": 1}')
    assert (second.method, second.target) == (then, "/there?a=b")
    assert second.headers["idempotency-key"] == "key"
    kept = method == then
    assert second.body == (first.body if kept else b"")
    assert ("content-type" in second.headers) is kept
    assert ("content-length" in second.headers) is kept


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("there", "/dir/there"),
        ("../there", "/there"),
        ("?q", "/dir/page?q"),
        ("/a%20b", "/a%20b"),
        ("/ü".encode().decode("latin-1"), "/%C3%BC"),
        ("/ü", "/%C3%BC"),
        (" /there ", "/there"),
        ("//127.0.0.1:{port}/there", "/there"),
    ],
)
def test_a_redirect_may_be_relative(location: str, target: str, site: Open, here: Policy) -> None:
    called: Site = site(
        lambda request: (
            reply(302, Location=location.format(port=called.port))
            if request.target.startswith("/dir/page") and "q" not in request.target
            else reply()
        )
    )
    http.get(called.url("/dir/page"), policy=here)
    assert called.requests[1].target == target


def test_redirects_are_followed_up_to_the_limit(site: Open, here: Policy) -> None:
    called = site(
        lambda request: reply(302, Location=f"{request.target}x") if len(request.target) < 4 else reply()
    )
    assert http.get(called.url(), policy=here, max_redirects=3).status == 200
    with pytest.raises(HttpRedirect, match="more than 2 redirects") as caught:
        http.get(called.url(), policy=here, max_redirects=2)
    assert (caught.value.status, caught.value.retryable) == (302, False)
    with pytest.raises(HttpRedirect):
        http.get(called.url(), policy=here, max_redirects=0)


def test_a_redirect_loop_ends(site: Open, here: Policy) -> None:
    called = site(reply(302, Location="/"))
    with pytest.raises(HttpRedirect):
        http.get(called.url(), policy=here)
    assert len(called.requests) == 1 + here.max_redirects


@pytest.mark.parametrize("location", [None, "", "http://", "http://[", "http://a b/", "http://x:y/", "\\\\x"])
def test_an_invalid_redirect_is_an_error(location: str | None, site: Open, here: Policy) -> None:
    called = site(reply(302) if location is None else reply(302, Location=location))
    with pytest.raises(HttpRedirect):
        http.get(called.url(), policy=here)


def test_the_body_of_a_redirect_is_not_read(site: Open, here: Policy) -> None:
    called = site(hop(302, "/there", b"." * 100_000))
    assert http.get(called.url(), policy=here, max_bytes=10).body == b"there"


CREDENTIALS: dict[str, str | SecretStr] = {
    "Authorization": "Bearer abc",
    "Cookie": "a=b",
    "X-Api-Key": "k",
    "X-Plain": "open",
    "X-Wrapped": SecretStr("word"),
}
PRIVATE = {"authorization", "cookie", "x-api-key", "x-wrapped"}


def test_credentials_are_sent_to_the_same_origin(site: Open, here: Policy) -> None:
    called = site(hop(302, "/there"))
    http.get(called.url(), headers=CREDENTIALS, policy=here)
    assert set(called.requests[1].headers) >= PRIVATE


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_origin_receives_no_credentials(host: str, site: Open, here: Policy) -> None:
    there = site(reply(200, b"there"))
    start = site(reply(302, Location=there.url("/there", host=host)))
    http.get(start.url().replace("://", "://me:word@"), headers=CREDENTIALS, policy=here)
    arrived = there.requests[0].headers
    assert not PRIVATE & set(arrived)
    assert arrived["x-plain"] == "open"
    assert "authorization" in start.requests[0].headers


def test_another_host_on_the_same_port_is_another_origin(site: Open, here: Policy) -> None:
    called: Site = site(
        lambda request: (
            reply(302, Location=called.url("/there", host="localhost")) if request.target == "/" else reply()
        )
    )
    http.get(called.url(), headers=CREDENTIALS, policy=here)
    assert not PRIVATE & set(called.requests[1].headers)


def test_credentials_are_not_restored_on_return_to_the_first_origin(site: Open, here: Policy) -> None:
    home: Site = site(lambda request: reply(302, Location=away.url()) if request.target == "/" else reply())
    away: Site = site(lambda request: reply(302, Location=home.url("/back")))
    http.get(home.url(), headers=CREDENTIALS, policy=here)
    assert not PRIVATE & set(home.requests[-1].headers)


@pytest.mark.parametrize("options", [{"json": {"a": SecretStr("word")}}, {"form": {"password": "word"}}])
@pytest.mark.parametrize("status", [307, 308])
def test_a_secret_body_is_not_sent_to_another_origin(
    options: dict[str, object], status: int, site: Open, here: Policy
) -> None:
    there = site(reply())
    start = site(reply(status, Location=there.url()))
    with pytest.raises(HttpRedirect, match="secrets in the body"):
        http.post(start.url(), policy=here, **options)  # type: ignore[arg-type]  # one of the bodies
    assert there.is_untouched()


def test_a_body_without_secrets_may_be_sent_to_another_origin(site: Open, here: Policy) -> None:
    there = site(reply())
    http.post(site(reply(307, Location=there.url())).url(), json={"a": 1}, policy=here)
    assert there.requests[0].body == b'{"a": 1}'


def test_a_redirect_from_https_to_http_is_an_error(site: Open, trusting: Policy) -> None:
    there = site(reply())
    start = site(reply(302, Location=there.url()), tls=True)
    with pytest.raises(HttpRedirect, match="from https to http"):
        http.get(start.url(host="shop.example"), policy=trusting)
    assert there.is_untouched()


def test_a_redirect_from_http_to_https_is_followed(site: Open, trusting: Policy) -> None:
    there = site(reply(200, b"safe"), tls=True)
    start = site(reply(302, Location=there.url(host="shop.example")))
    assert http.get(start.url(), policy=trusting).body == b"safe"


def test_the_result_has_the_last_url(site: Open, here: Policy) -> None:
    called = site(hop(302, "/there"))
    assert http.get(called.url(), policy=here).url == called.url("/there")
    policy = replace(here, resolve=lambda host, seconds: [ip_address("127.0.0.1")])
    assert http.get(called.url(host="a.example"), policy=policy).url.endswith("/there")
