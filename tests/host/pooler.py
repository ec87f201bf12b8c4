"""A proxy to PostgreSQL that sends its own backend keys, as poolers do."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_BACKEND_KEY = b"K"


@contextmanager
def pooler(settings: dict[str, Any]) -> Iterator[int]:
    """Listen on a port, forward everything to that database's server, and yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, settings), daemon=True).start()
        yield listener.getsockname()[1]


def _accept(listener: socket.socket, settings: dict[str, Any]) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:  # closed: the test has ended
            return
        server = _connect(settings)
        threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
        threading.Thread(target=_answer, args=(server, client), daemon=True).start()


def _connect(settings: dict[str, Any]) -> socket.socket:
    host, port = settings["HOST"] or "127.0.0.1", settings["PORT"] or "5432"
    if not host.startswith("/"):
        return socket.create_connection((host, int(port)))
    server = socket.socket(socket.AF_UNIX)
    server.connect(str(Path(host) / f".s.PGSQL.{port}"))
    return server


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with source, target:
        while data := source.recv(65536):
            target.sendall(data)


def _answer(server: socket.socket, client: socket.socket) -> None:
    """Forward the answers message by message: a letter, a length that includes itself, and the body."""
    stream = server.makefile("rb")
    while head := stream.read(5):
        kind, length = struct.unpack("!cI", head)
        body = stream.read(length - 4)
        if kind == _BACKEND_KEY:
            body = struct.pack("!I", 4711) + body[4:]
        client.sendall(head + body)
