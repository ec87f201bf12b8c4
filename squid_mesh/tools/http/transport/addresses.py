"""Name resolution, and the check that an address is public."""

from __future__ import annotations

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: The networks of IANA's special-purpose registry for IPv4. Python's ``is_global`` differs between versions.
_SPECIAL_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the clouds' metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
#: The assigned part of IPv6. The rest is loopback, link-local, unique local, multicast or reserved.
_UNICAST_6: Final = IPv6Network("2000::/3")
_SPECIAL_6: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: embeds any IPv4 address
        "3fff::/20",  # documentation
    )
)
#: Gateways translate these to the IPv4 address in the last four bytes.
_NAT64: Final = IPv6Network("64:ff9b::/96")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.I)


def is_public(address: Address) -> bool:
    """Whether the address, or the IPv4 address embedded in it, is public."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_4)
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address in _UNICAST_6 and not any(address in network for network in _SPECIAL_6)


def parse_ip(host: str) -> Address | None:
    """Return the host as an address, or None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_obfuscated_ip(host: str) -> bool:
    """Whether the host is an IPv4 address in a form that only some programs accept: decimal, octal, short.

    As in the WHATWG URL standard, a host whose last part is a number is an address.
    """
    last = host.rstrip(".").rpartition(".")[2]
    return _NUMBER.fullmatch(last) is not None and parse_ip(host) is None


def resolve_with_system(host: str, seconds: float) -> Sequence[Address]:
    """Return every address of the name from the system's resolver.

    ``getaddrinfo`` has no timeout and can't be interrupted, so it runs in a thread of its own.

    Raises:
        OSError: the name can't be resolved.
        TimeoutError: it took longer than ``seconds``.
    """
    answer: queue.SimpleQueue[list[Address] | OSError | UnicodeError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            answer.put(error)
        else:
            answer.put([ipaddress.ip_address(entry[4][0]) for entry in found])

    threading.Thread(target=ask, name="squid-mesh-resolver", daemon=True).start()
    try:
        outcome = answer.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(outcome, list):
        return outcome
    raise socket.gaierror(socket.EAI_NONAME, "not resolved") from None
