"""Local HTTP servers that answer as a test says, byte by byte if needed."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from types import TracebackType
from typing import Self

TLS = Path(__file__).with_name("tls")
#: A certificate for the name ``shop.example``, and the authority that signed it. Good for tests only.
AUTHORITY = TLS / "ca.pem"


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a site received. Header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = bytes | Iterable[bytes]


def reply(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """Return a whole response. ``Content_Type="…"`` sets the header of that name."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class Site:
    """Listens during the ``with`` block, and counts the connections."""

    def __init__(
        self,
        answer: Callable[[Request], Answer] = lambda request: reply(),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
    ) -> None:
        self._answer = answer
        self._tls = server_tls() if tls else None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=64)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[Request] = []
        self.arrivals = threading.Semaphore(0)
        self.connections = 0
        self.over = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.over.set()
        self._knock()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def url(self, path: str = "/", host: str | None = None) -> str:
        """Return a URL of this site, with its own or another host."""
        scheme = "http" if self._tls is None else "https"
        own = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host or own}:{self.port}{path}"

    def is_untouched(self) -> bool:
        """Return whether no client has connected: the next accepted connection is this check."""
        self._knock()
        self.arrivals.acquire()
        return self.connections == 1

    def drip(self, pieces: Iterable[bytes], seconds: float) -> Iterator[bytes]:
        """Yield the pieces, that many seconds apart, until the site closes."""
        for piece in pieces:
            yield piece
            if self.over.wait(seconds):
                return

    def _knock(self) -> None:
        socket.create_connection((self.host, self.port), timeout=5).close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            self.connections += 1
            self.arrivals.release()
            if self.over.is_set():
                connection.close()
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            with self._wrapped(connection) as spoken, spoken.makefile("rb") as file:
                request = _read(file)
                if request is None:
                    return
                self.requests.append(request)
                answer = self._answer(request)
                for piece in [answer] if isinstance(answer, bytes) else answer:
                    spoken.sendall(piece)
        except OSError:
            return  # the client closed the connection, as in many tests
        finally:
            connection.close()

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self._tls.wrap_socket(connection, server_side=True) if self._tls else connection


def _read(file: BufferedReader) -> Request | None:
    """Return the request; None if the data isn't HTTP, such as the start of a TLS handshake."""
    if not file.peek(1)[:1].isalpha():
        return None
    first = file.readline().decode("latin-1").split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    while line := file.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    body = file.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body)


def server_tls() -> ssl.SSLContext:
    """Return a context with the certificate of ``shop.example``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context
