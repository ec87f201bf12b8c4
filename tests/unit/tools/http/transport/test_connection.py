"""TLS to an address that we chose: the certificate must match the name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from squid_mesh.tools import http
from squid_mesh.tools.http import HttpBlocked, HttpTransport, Policy
from squid_mesh.tools.http.transport.connection import GuardedAdapter
from tests.sites import reply
from tests.unit.tools.conftest import Open


def test_the_certificate_is_checked_against_the_name(site: Open, trusting: Policy) -> None:
    shop = site(reply(200, b"shop"), tls=True)
    assert http.get(shop.url(host="shop.example"), policy=trusting).body == b"shop"
    assert shop.requests[0].headers["host"] == f"shop.example:{shop.port}"
    for other in ("other.example", "127.0.0.1"):
        with pytest.raises(HttpTransport, match="certificate isn't trusted") as caught:
            http.get(shop.url(host=other), policy=trusting)
        assert caught.value.retryable
    assert len(shop.requests) == 1


def test_a_certificate_of_an_unknown_authority_is_rejected(site: Open, trusting: Policy) -> None:
    shop = site(reply(), tls=True)
    with pytest.raises(HttpTransport, match="certificate isn't trusted"):
        http.get(shop.url(host="shop.example"), policy=replace(trusting, ca_bundle=None))
    assert not shop.requests


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_environment_variables_can_not_make_a_certificate_trusted(
    variable: str, site: Open, trusting: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(trusting.ca_bundle))
    with pytest.raises(HttpTransport, match="certificate isn't trusted"):
        http.get(site(reply(), tls=True).url(host="shop.example"), policy=replace(trusting, ca_bundle=None))


def test_plain_http_to_a_tls_site_and_the_reverse_are_transport_errors(site: Open, trusting: Policy) -> None:
    plain, tls = site(reply()), site(reply(), tls=True)
    with pytest.raises(HttpTransport, match="TLS failed"):
        http.get(plain.url(host="shop.example").replace("http:", "https:"), policy=trusting)
    with pytest.raises(HttpTransport):
        http.get(tls.url(host="shop.example").replace("https:", "http:"), policy=trusting)


def test_a_private_tls_site_receives_no_handshake(site: Open, trusting: Policy) -> None:
    shop = site(reply(), tls=True)
    with pytest.raises(HttpBlocked):
        http.get(shop.url(host="shop.example"), policy=replace(trusting, allowed_networks=()))
    assert shop.is_untouched()


def test_requests_can_not_connect_past_the_policy(
    site: Open, here: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Should a release of requests ask for its connections in another way, calls break and don't leak."""
    monkeypatch.delattr(GuardedAdapter, "get_connection_with_tls_context")
    called = site(reply())
    with pytest.raises(KeyError):
        http.get(called.url(), policy=here)
    assert called.is_untouched()


def test_a_missing_certificate_bundle_is_reported(trusting: Policy) -> None:
    with pytest.raises(HttpTransport, match="No such file"):
        http.get("https://shop.example/", policy=replace(trusting, ca_bundle="/nowhere.pem"))
