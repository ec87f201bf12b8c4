"""The limits of time and size."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from squid_mesh.tools import http
from squid_mesh.tools.http import (
    HttpStatus,
    HttpTimeout,
    HttpTooLarge,
    HttpTransport,
    HttpUndecodable,
    Policy,
)
from squid_mesh.tools.http.transport.addresses import Address
from squid_mesh.tools.http.transport.budget import Budget
from tests.sites import Answer, Request, Site, reply, server_tls
from tests.unit.tools.conftest import Open

MEBIBYTE = 1024 * 1024
#: The seconds by which a call may exceed its limit on a loaded machine.
SLACK = 5.0

HEAD = b"HTTP/1.1 200 OK\r\n"


def dripping(make: Callable[[], Iterator[bytes]], opened: list[Site]) -> Callable[[Request], Answer]:
    return lambda request: opened[0].drip(make(), 0.02)


def headers_without_end() -> Iterator[bytes]:
    yield HEAD
    for number in itertools.count():
        yield f"X-{number % 50}: y\r\n".encode() if number < 50 else b"z"


def status_line_without_end() -> Iterator[bytes]:
    return (bytes([byte]) for byte in HEAD.rstrip() + b"." * 10_000)


def interim_answers_without_end() -> Iterator[bytes]:
    return itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")


def body_without_end() -> Iterator[bytes]:
    return itertools.chain([HEAD + b"Content-Length: 100000\r\n\r\n"], itertools.repeat(b"."))


def chunks_without_end() -> Iterator[bytes]:
    return itertools.chain([HEAD + b"Transfer-Encoding: chunked\r\n\r\n"], itertools.repeat(b"1\r\n.\r\n"))


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize(
    "make",
    [
        status_line_without_end,
        headers_without_end,
        interim_answers_without_end,
        body_without_end,
        chunks_without_end,
    ],
)
def test_a_slowly_sending_server_exceeds_the_total_limit(
    make: Callable[[], Iterator[bytes]], tls: bool, site: Open, here: Policy, trusting: Policy
) -> None:
    opened: list[Site] = []
    slow = site(dripping(make, opened), tls=tls)
    opened.append(slow)
    began = time.monotonic()
    with pytest.raises(HttpTimeout) as caught:
        http.get(
            slow.url(host="shop.example" if tls else None),
            policy=trusting if tls else here,
            total_seconds=0.5,
        )
    assert 0.5 <= time.monotonic() - began < 0.5 + SLACK
    assert caught.value.retryable
    assert "longer than 0.5 s" in str(caught.value)
    assert len(slow.requests) == 1


def test_a_silent_server_exceeds_the_read_timeout(site: Open, here: Policy) -> None:
    over = threading.Event()

    def silent(request: Request) -> Iterator[bytes]:
        over.wait(10)
        yield b""

    slow = site(silent)
    with pytest.raises(HttpTimeout, match=r"no data received for 0\.2 s"):
        http.get(slow.url(), policy=here, timeout=(5, 0.2))
    over.set()


def test_the_total_limit_may_precede_the_read_timeout(site: Open, here: Policy) -> None:
    over = threading.Event()

    def silent(request: Request) -> Iterator[bytes]:
        over.wait(10)
        yield b""

    slow = site(silent)
    began = time.monotonic()
    with pytest.raises(HttpTimeout, match=r"longer than 0\.3 s"):
        http.get(slow.url(), policy=here, timeout=8, total_seconds=0.3)
    assert time.monotonic() - began < SLACK
    over.set()


@pytest.mark.parametrize("tls", [False, True])
def test_a_slowly_reading_server_exceeds_the_total_limit(tls: bool, here: Policy, trusting: Policy) -> None:
    over = threading.Event()

    def sip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with server_tls().wrap_socket(connection, server_side=True) if tls else connection as spoken:
            while not over.wait(0.02):
                spoken.recv(20_000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader = threading.Thread(target=sip, args=(listener,))
        reader.start()
        began = time.monotonic()
        try:
            with pytest.raises(HttpTimeout, match=r"longer than 0\.5 s"):
                http.post(
                    f"{'https' if tls else 'http'}://shop.example:{listener.getsockname()[1]}/",
                    content=b"." * 20 * MEBIBYTE,
                    policy=trusting,
                    total_seconds=0.5,
                )
            assert time.monotonic() - began < SLACK
        finally:
            over.set()
            reader.join()


def test_a_slow_handshake_exceeds_the_connect_timeout(here: Policy) -> None:
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"\x16\x03\x03\x40\x00")  # a record of 16 KiB begins
            while not over.wait(0.02):
                connection.sendall(b"\x00")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drip, args=(listener,))
        server.start()
        began = time.monotonic()
        with pytest.raises(HttpTimeout, match=r"no connection within 0\.3 s"):
            http.get(f"https://127.0.0.1:{listener.getsockname()[1]}/", policy=here, timeout=(0.3, 8))
        assert time.monotonic() - began < SLACK
        over.set()
        server.join()


def test_a_handshake_counts_towards_the_total_limit(here: Policy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(HttpTimeout, match=r"longer than 0\.3 s"):
            http.get(url, policy=here, timeout=8, total_seconds=0.3)
        assert time.monotonic() - began < SLACK


def test_a_used_up_budget_allows_no_operation() -> None:
    budget = Budget(connect=1, read=1, total=1e-9, body_bytes=1)
    with pytest.raises(HttpTimeout):
        budget.seconds_left(1)


def test_a_missing_handshake_exceeds_the_connect_timeout(here: Policy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(HttpTimeout, match=r"no connection within 0\.2 s"):
            http.get(url, policy=here, timeout=(0.2, 10))


def test_a_slow_resolution_is_a_timeout() -> None:
    def slow(host: str, seconds: float) -> list[Address]:
        assert seconds <= 0.2
        raise TimeoutError

    with pytest.raises(HttpTimeout, match="wasn't resolved within"):
        http.get("http://slow.example/", policy=Policy(resolve=slow), timeout=0.2)


def test_redirects_share_one_total_limit(site: Open, here: Policy) -> None:
    over = threading.Event()

    def around(request: Request) -> Iterator[bytes]:
        over.wait(0.6)
        yield reply(302, Location="/again")

    slow = site(around)
    with pytest.raises(HttpTimeout):
        http.get(slow.url(), policy=here, total_seconds=2, max_redirects=1000)
    over.set()
    assert 2 <= len(slow.requests) <= 4


@pytest.mark.parametrize("length", [0, 1, 999, 1000])
def test_a_body_up_to_the_limit_is_read(length: int, site: Open, here: Policy) -> None:
    called = site(reply(200, b"." * length))
    assert len(http.get(called.url(), policy=here, max_bytes=1000).body) == length


def chunked(body: bytes, size: int = 1000) -> bytes:
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    marked = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + marked + b"0\r\n\r\n"


LARGE = b"." * 1001


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, LARGE),
        reply(500, LARGE),
        HEAD + b"\r\n" + LARGE,
        chunked(LARGE),
        chunked(LARGE, 1),
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        reply(200, gzip.compress(LARGE), Content_Encoding="gzip"),
        reply(200, zlib.compress(LARGE), Content_Encoding="deflate"),
    ],
    ids=["length", "error", "no-length", "chunks", "small-chunks", "lying-length", "gzip", "deflate"],
)
def test_a_body_over_the_limit_is_an_error(answer: bytes, site: Open, here: Policy) -> None:
    called = site(answer)
    with pytest.raises(HttpTooLarge) as caught:
        http.get(called.url(), policy=here, max_bytes=1000)
    assert not caught.value.retryable
    assert "limit of 1000 bytes" in str(caught.value)


def endless(start: bytes, piece: bytes) -> Callable[[Request], Answer]:
    return lambda request: itertools.chain([start], itertools.repeat(piece))


@pytest.mark.parametrize(
    "answer",
    [
        endless(HEAD + b"\r\n", b"." * 65536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"." * 65536 + b"\r\n"),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"." * 65536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"." * 65536),
        endless(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 10_000),
        endless(HEAD, b"." * 65536),
        endless(b"", b"." * 65536),
        endless(b"", HEAD.replace(b"200", b"100") + b"\r\n"),
    ],
    ids=["body", "chunks", "chunk-size", "chunk-extension", "trailers", "headers", "status", "interim"],
)
def test_a_server_that_never_ends_takes_bounded_memory(
    answer: Callable[[Request], Answer], site: Open, here: Policy
) -> None:
    called = site(answer)
    tracemalloc.start()
    try:
        with pytest.raises((HttpTooLarge, HttpTransport)):
            http.get(called.url(), policy=here, max_bytes=100_000, total_seconds=20)
        assert tracemalloc.get_traced_memory()[1] < 20 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "x-gzip"])
def test_a_decompression_bomb_is_stopped_while_it_expands(encoding: str, site: Open, here: Policy) -> None:
    packer = zlib.compressobj(9, wbits=-15 if encoding == "deflate" else 31)
    bomb = b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(200)) + packer.flush()
    called = site(reply(200, bomb, Content_Encoding=encoding))
    tracemalloc.start()
    try:
        with pytest.raises(HttpTooLarge):
            http.get(called.url(), policy=replace(here, max_response_bytes=MEBIBYTE))
        assert tracemalloc.get_traced_memory()[1] < 10 * MEBIBYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 1000\r\n\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\nshort",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n",
        b"",
        b"HTTP/1.1 200 OK",
        b"not http at all\r\n\r\n",
        HEAD + b"X: " + b"." * 70_000 + b"\r\n\r\n",
    ],
    ids=["body", "chunk", "chunk-size", "nothing", "status", "nonsense", "long-header"],
)
def test_a_truncated_or_invalid_response_is_a_transport_error(
    answer: bytes, site: Open, here: Policy
) -> None:
    called = site(answer)
    with pytest.raises(HttpTransport) as caught:
        http.get(called.url(), policy=here)
    assert caught.value.retryable
    assert len(called.requests) == 1


def test_bytes_after_the_announced_length_are_ignored(site: Open, here: Policy) -> None:
    called = site(HEAD + b"Content-Length: 5\r\n\r\nfirstHTTP/1.1 500 Smuggled\r\n\r\n")
    assert http.get(called.url(), policy=here).body == b"first"


def test_a_refused_connection_is_a_transport_error(here: Policy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(HttpTransport, match="Connection refused"):
        http.get(url, policy=here)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "zstd", "nonsense"])
def test_an_unrequested_encoding_is_rejected(encoding: str, site: Open, here: Policy) -> None:
    called = site(reply(200, b"..", Content_Encoding=encoding))
    with pytest.raises(HttpUndecodable):
        http.get(called.url(), policy=here)


def test_a_decompression_bomb_in_an_error_is_stopped_too(site: Open, here: Policy) -> None:
    called = site(reply(503, gzip.compress(bytes(MEBIBYTE)), Content_Encoding="gzip"))
    with pytest.raises(HttpTooLarge):
        http.get(called.url(), policy=here, max_bytes=1000)
    with pytest.raises(HttpStatus):
        http.get(called.url(), policy=here, max_bytes=MEBIBYTE)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connect_timeout": 0},
        {"read_timeout": -1},
        {"total_seconds": float("inf")},
        {"max_response_bytes": -1},
        {"max_redirects": -1},
    ],
)
def test_an_invalid_policy_is_rejected(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="The HTTP tool"):
        Policy(**wrong)  # type: ignore[arg-type]  # that's the point
