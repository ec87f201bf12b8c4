"""The outside world, on this machine: a feed to read, and a webhook in a bad mood."""

from __future__ import annotations

import json
import threading
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

FEED = Path(__file__).parent / "fixtures" / "feed.xml"
FEED_TYPE = "application/rss+xml; charset=utf-8"

#: What the webhook answers to the first calls with one Idempotency-Key. From then on it takes the message.
BAD_MOOD = (503, 429)
TAKEN = 204
RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the webhook, and the answer it got."""

    key: str
    status: int
    content: str


class Localhost:
    """Serves ``feed_url`` and ``webhook_url`` on a free port while the ``with`` block lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.desk = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def feed_url(self) -> str:
        """The feed's address."""
        return f"{self.url}/feed.xml"

    @property
    def webhook_url(self) -> str:
        """The webhook's address."""
        return f"{self.url}/webhook"

    @property
    def calls(self) -> list[Call]:
        """All calls of the webhook so far, in order."""
        with self._lock:
            return list(self._calls)

    @property
    def messages(self) -> list[str]:
        """The messages that were taken, each once however often it was sent."""
        taken = {call.key: call.content for call in self.calls if call.status == TAKEN}
        return list(taken.values())

    def receive(self, key: str, content: str) -> int:
        """Answer one call: 503 first, then 429, then 204, counted for each key by itself."""
        with self._lock:
            earlier = Counter(call.key for call in self._calls)[key]
            status = BAD_MOOD[earlier] if earlier < len(BAD_MOOD) else TAKEN
            self._calls.append(Call(key=key, status=status, content=content))
            return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    desk: Localhost


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        """The feed, under the path that ends in its name."""
        if urlsplit(self.path).path == "/feed.xml":
            self._answer(200, FEED.read_bytes(), {"Content-Type": FEED_TYPE})
        else:
            self._answer(404)

    def do_POST(self) -> None:
        """The webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Idempotency-Key", "")
        if urlsplit(self.path).path != "/webhook":
            self._answer(404)
        elif not key or (content := _content(body)) is None:
            self._answer(400, b"Needs an Idempotency-Key, and JSON with a content.")
        else:
            status = self.server.desk.receive(key, content)
            self._answer(status, headers={"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 429 else {})

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != TAKEN:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent: what was received is asked of :class:`Localhost`."""


def _content(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["content"])
    except (ValueError, KeyError, TypeError):
        return None
