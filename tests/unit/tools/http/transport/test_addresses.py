"""Public addresses, obfuscated addresses, and name resolution."""

from __future__ import annotations

import socket
import threading
import time
from ipaddress import ip_address

import pytest

from squid_mesh.tools.http.transport.addresses import is_obfuscated_ip, is_public, resolve_with_system


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
        "2001::1",
        "2001:0:7f00:1::1",
        "2001:2::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_purpose_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00:1450::1",
    ],
)
def test_an_embedded_public_address_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0X7F.1",
        "0177.0.0.1",
        "127.1",
        "127.0.1",
        "1.2.3.4.",
        "a.0x1",
        "1.2.3.4.5",
    ],
)
def test_a_host_that_ends_in_a_number_is_an_obfuscated_address(host: str) -> None:
    assert is_obfuscated_ip(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "example.com", "1.example", "0xample.com", "x2"])
def test_an_ordinary_address_or_name_is_not_obfuscated(host: str) -> None:
    assert not is_obfuscated_ip(host)


def test_the_system_resolves_names() -> None:
    assert ip_address("127.0.0.1") in resolve_with_system("localhost", 5)


@pytest.mark.parametrize("host", ["missing.invalid", "a" * 70 + ".example", "."])
def test_an_unknown_name_is_an_error(host: str) -> None:
    with pytest.raises(socket.gaierror):
        resolve_with_system(host, 5)


def test_a_hanging_resolver_is_abandoned_after_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: answers.wait(20) and [])
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        resolve_with_system("slow.example", 0.1)
    assert time.monotonic() - began < 5
    answers.set()
