"""Blocked and allowed hosts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from squid_mesh.tools import http
from squid_mesh.tools.http import HttpBlocked, HttpError, HttpInvalid, HttpRedirect, Policy
from squid_mesh.tools.http.policy import parse_allowed_hosts
from squid_mesh.tools.http.transport.addresses import Address
from tests.sites import Site, reply
from tests.unit.tools.conftest import Open

LOOPBACK = ip_address("127.0.0.1")
CLOSED = Policy(resolve=lambda host, seconds: [LOOPBACK])

ATTEMPTS = [
    ("http://127.0.0.1:{port}/", HttpBlocked),
    ("HTTP://127.0.0.1:{port}/", HttpBlocked),
    ("http://127.0.0.2:{port}/", HttpBlocked),
    ("http://localhost:{port}/", HttpBlocked),
    ("http://LOCALHOST:{port}/", HttpBlocked),
    ("http://localhost.:{port}/", HttpBlocked),
    ("http://name.example:{port}/", HttpBlocked),
    ("http://0.0.0.0:{port}/", HttpBlocked),
    ("http://127.1:{port}/", HttpBlocked),
    ("http://127.0.1:{port}/", HttpBlocked),
    ("http://127.0.0.1.:{port}/", HttpBlocked),
    ("http://2130706433:{port}/", HttpBlocked),
    ("http://017700000001:{port}/", HttpBlocked),
    ("http://0x7f000001:{port}/", HttpBlocked),
    ("http://0x7f.0.0.1:{port}/", HttpBlocked),
    ("http://0x7f.1:{port}/", HttpBlocked),
    ("http://0177.0.0.1:{port}/", HttpBlocked),
    ("http://0177.0.0.0x1:{port}/", HttpBlocked),
    ("http://127.000.000.001:{port}/", HttpBlocked),
    ("http://[::1]:{port}/", HttpBlocked),
    ("http://[0:0:0:0:0:0:0:1]:{port}/", HttpBlocked),
    ("http://[::]:{port}/", HttpBlocked),
    ("http://[::ffff:127.0.0.1]:{port}/", HttpBlocked),
    ("http://[::ffff:7f00:1]:{port}/", HttpBlocked),
    ("http://[::127.0.0.1]:{port}/", HttpBlocked),
    ("http://[64:ff9b::127.0.0.1]:{port}/", HttpBlocked),
    ("http://[2002:7f00:1::]:{port}/", HttpBlocked),
    ("http://[2001:0:7f00:1::]:{port}/", HttpBlocked),
    ("http://[fe80::1%25lo]:{port}/", HttpBlocked),
    ("http://[fd00::1]:{port}/", HttpBlocked),
    ("http://169.254.169.254:{port}/latest/meta-data/", HttpBlocked),
    ("http://10.0.0.1:{port}/", HttpBlocked),
    ("http://172.16.0.1:{port}/", HttpBlocked),
    ("http://192.168.0.1:{port}/", HttpBlocked),
    ("http://100.64.0.1:{port}/", HttpBlocked),
    ("http://224.0.0.1:{port}/", HttpBlocked),
    ("http://255.255.255.255:{port}/", HttpBlocked),
    ("http://public.example@127.0.0.1:{port}/", HttpBlocked),
    ("http://public.example:80@127.0.0.1:{port}/", HttpBlocked),
    ("http://public.example%40@127.0.0.1:{port}/", HttpBlocked),
    ("http://a@public.example@127.0.0.1:{port}/", HttpError),
    ("http://127.0.0.1:{port}#@public.example/", HttpBlocked),
    ("http://127.0.0.1:{port}?@public.example/", HttpBlocked),
    ("http://127.0.0.1:{port}\\@public.example/", HttpInvalid),
    ("http://public.example\\@127.0.0.1:{port}/", HttpInvalid),
    ("http:\\\\127.0.0.1:{port}\\", HttpInvalid),
    ("http://127.0.\t0.1:{port}/", HttpInvalid),
    ("http://127.0.0.1\n:{port}/", HttpInvalid),
    ("http://127.0.0.1\r\nX: y:{port}/", HttpInvalid),
    (" http://127.0.0.1:{port}/", HttpInvalid),
    ("\x00http://127.0.0.1:{port}/", HttpInvalid),
    ("http://127.0.0.1%00:{port}/", HttpError),
    ("http://127.0.0.1%2f:{port}/", HttpError),
    ("http://%31%32%37.0.0.1:{port}/", HttpError),
    ("http://127。0。0。1:{port}/", HttpError),
    ("http://１２７.０.０.１:{port}/", HttpError),
    ("http://①②⑦.⓪.⓪.①:{port}/", HttpError),
    ("http://ⓛocalhost:{port}/", HttpError),
    ("http:///127.0.0.1:{port}/", HttpInvalid),
    ("http:127.0.0.1:{port}/", HttpInvalid),
    ("http:/127.0.0.1:{port}/", HttpInvalid),
    ("http://:{port}/", HttpInvalid),
    ("http://127.0.0.1:{port}0000/", HttpInvalid),
    ("//127.0.0.1:{port}/", HttpBlocked),
    ("127.0.0.1:{port}/", HttpBlocked),
    ("file:///etc/passwd", HttpBlocked),
    ("file://127.0.0.1:{port}/", HttpBlocked),
    ("ftp://127.0.0.1:{port}/", HttpBlocked),
    ("gopher://127.0.0.1:{port}/_GET%20/", HttpBlocked),
    ("dict://127.0.0.1:{port}/", HttpBlocked),
    ("ldap://127.0.0.1:{port}/", HttpBlocked),
    ("data:text/plain,hello", HttpBlocked),
    ("jar:http://127.0.0.1:{port}/!/", HttpBlocked),
    ("http+unix://%2Frun%2Fdocker.sock/", HttpBlocked),
    ("", HttpBlocked),
]


@pytest.mark.parametrize(("attempt", "error"), ATTEMPTS)
def test_a_call_to_this_machine_is_blocked_before_anything_is_sent(
    attempt: str, error: type[HttpError], site: Open
) -> None:
    inside = site(reply())
    with pytest.raises(error) as caught:
        http.get(attempt.format(port=inside.port), policy=CLOSED)
    assert isinstance(caught.value, HttpBlocked | HttpInvalid)
    assert not caught.value.retryable
    assert inside.is_untouched()


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://name.example:{port}/",
        "http://127.1:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::127.0.0.1]:{port}/",
        "http://169.254.169.254:{port}/latest/meta-data/",
        "http://public.example@127.0.0.1:{port}/",
        "http://public.example\\@127.0.0.1:{port}/",
        "http://127.0.0.1\t:{port}/",
        "http://127。0。0。1:{port}/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/_GET%20/",
        "data:text/plain,hello",
    ],
)
def test_a_redirect_to_this_machine_is_blocked_before_anything_is_sent(location: str, site: Open) -> None:
    inside = site(reply())
    target = location.format(port=inside.port).encode().decode("latin-1")
    outside = site(reply(302, Location=target), host="127.0.0.5")  # stands for a public site
    policy = Policy(allowed_networks=(ip_network("127.0.0.5"),), resolve=CLOSED.resolve)
    with pytest.raises(HttpError) as caught:
        http.get(outside.url(), policy=policy)
    assert isinstance(caught.value, HttpBlocked | HttpRedirect | HttpInvalid)
    assert not caught.value.retryable
    assert len(outside.requests) == 1
    assert inside.is_untouched()


def test_an_ipv6_loopback_is_blocked_too(site: Open) -> None:
    try:
        inside = site(reply(), host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    for url in (inside.url(), inside.url(host="name.example")):
        with pytest.raises(HttpBlocked):
            http.get(url, policy=replace(CLOSED, resolve=lambda host, seconds: [ip_address("::1")]))
    assert inside.is_untouched()


@pytest.mark.parametrize(
    "answers", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["::ffff:127.0.0.1"]]
)
def test_a_host_with_one_private_address_is_blocked(answers: list[str], site: Open) -> None:
    inside = site(reply())
    policy = Policy(resolve=lambda host, seconds: [ip_address(answer) for answer in answers])
    with pytest.raises(HttpBlocked):
        http.get(inside.url(host="mixed.example"), policy=policy)
    assert inside.is_untouched()


def turning(answers: list[str]) -> tuple[Callable[[str, float], list[Address]], list[str]]:
    """A resolver whose result changes with each call, like that of an attacker."""
    asked: list[str] = []

    def resolve(host: str, seconds: float) -> list[Address]:
        asked.append(host)
        return [ip_address(answers[min(len(asked), len(answers)) - 1])]

    return resolve, asked


def both(site: Open, outside_answer: bytes) -> tuple[Site, Site]:
    """Two sites on one port: 127.0.0.5, which is allowed, and 127.0.0.1, which isn't."""
    outside = site(outside_answer, host="127.0.0.5")
    return outside, site(reply(200, b"inside"), port=outside.port)


def test_a_host_is_resolved_once_and_the_checked_address_is_called(site: Open) -> None:
    outside, inside = both(site, reply(200, b"outside"))
    resolve, asked = turning(["127.0.0.5", "127.0.0.1"])
    policy = Policy(allowed_networks=(ip_network("127.0.0.5"),), resolve=resolve)
    result = http.get(outside.url(host="turning.example"), policy=policy)
    assert (result.body, asked) == (b"outside", ["turning.example"])
    assert outside.requests[0].headers["host"] == f"turning.example:{outside.port}"
    assert inside.is_untouched()


def test_a_host_that_becomes_private_between_redirects_is_blocked(site: Open) -> None:
    outside, inside = both(site, reply(302, Location="/again"))
    resolve, asked = turning(["127.0.0.5", "127.0.0.1"])
    policy = Policy(allowed_networks=(ip_network("127.0.0.5"),), resolve=resolve)
    with pytest.raises(HttpBlocked):
        http.get(outside.url(host="turning.example"), policy=policy)
    assert len(asked) == 2
    assert inside.is_untouched()


def test_the_systems_resolver_is_checked_too(site: Open) -> None:
    inside = site(reply())
    with pytest.raises(HttpBlocked):
        http.get(inside.url(host="localhost"), policy=Policy())
    assert inside.is_untouched()


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_in_the_environment_is_ignored(
    variable: str, site: Open, here: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = site(reply(200, b"by proxy"))
    monkeypatch.setenv(variable, proxy.url())
    direct = site(reply(200, b"direct"))
    assert http.get(direct.url(), policy=here).body == b"direct"
    assert proxy.is_untouched()


def test_a_netrc_is_ignored(
    site: Open, here: Policy, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("default login someone password something\n")
    monkeypatch.setenv("NETRC", str(netrc))
    called = site(reply())
    http.get(called.url(), policy=here)
    assert "authorization" not in called.requests[0].headers


@pytest.mark.parametrize(
    "allowed", ["127.0.0.1", "127.0.0.0/8", "name.example", "NAME.example.", ".example", "::ffff:0:0/96"]
)
def test_an_allowed_private_host_may_be_called(allowed: str, site: Open) -> None:
    inside = site(reply(200, b"inside"))
    names, networks = parse_allowed_hosts([allowed])
    policy = replace(CLOSED, allowed_names=names, allowed_networks=networks)
    if allowed.startswith("::"):
        with pytest.raises(HttpBlocked):
            http.get(inside.url(host="name.example"), policy=policy)
    else:
        assert http.get(inside.url(host="name.example"), policy=policy).body == b"inside"


@pytest.mark.parametrize("allowed", ["other.example", "name.exampl", ".name.example", "10.0.0.0/8"])
def test_an_allowed_host_allows_nothing_else(allowed: str, site: Open) -> None:
    inside = site(reply())
    names, networks = parse_allowed_hosts([allowed])
    with pytest.raises(HttpBlocked):
        http.get(
            inside.url(host="name.example"),
            policy=replace(CLOSED, allowed_names=names, allowed_networks=networks),
        )
    assert inside.is_untouched()


def test_all_private_addresses_may_be_allowed_but_no_obfuscated_ones(site: Open) -> None:
    inside = site(reply(200, b"inside"))
    policy = Policy(allow_private=True)
    assert http.get(inside.url(), policy=policy).body == b"inside"
    with pytest.raises(HttpBlocked):
        http.get(inside.url(host="127.1"), policy=policy)


@pytest.mark.parametrize("entry", ["", ".", "a b", "10.0.0.0/33", "10.0.0.1/8", "http://x", "*", "x/y"])
def test_an_entry_that_is_neither_a_name_nor_a_network_is_rejected(entry: str) -> None:
    with pytest.raises(ValueError, match="is not a host name"):
        parse_allowed_hosts([entry])


def test_the_defaults_apply_without_django() -> None:
    code = (
        "import sys\n"
        "from squid_mesh.tools import http\n"
        "assert 'django' not in sys.modules\n"
        "assert http.current_policy() == http.Policy()\n"
        "try: http.get('http://127.0.0.1:9/')\n"
        "except http.HttpBlocked: print('blocked')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "blocked\n"
