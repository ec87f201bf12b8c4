"""A local server for tests and the demo: a feed, and a webhook that fails at first."""

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

#: The statuses of the first calls with an Idempotency-Key. After them the webhook accepts the message.
FAILURES = (503, 429)
ACCEPTED = 204
RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the webhook, and the returned status."""

    key: str
    status: int
    content: str


class Localhost:
    """Serves ``feed_url`` and ``webhook_url`` on a free port inside the ``with`` block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.localhost = self
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
        """The server's URL."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def feed_url(self) -> str:
        """The feed's URL."""
        return f"{self.url}/feed.xml"

    @property
    def webhook_url(self) -> str:
        """The webhook's URL."""
        return f"{self.url}/webhook"

    @property
    def calls(self) -> list[Call]:
        """All calls of the webhook, in order."""
        with self._lock:
            return list(self._calls)

    @property
    def messages(self) -> list[str]:
        """The accepted messages, each once even if it was sent several times."""
        accepted = {call.key: call.content for call in self.calls if call.status == ACCEPTED}
        return list(accepted.values())

    def receive(self, key: str, content: str) -> int:
        """Record a call and return its status: 503, then 429, then 204, for each key."""
        with self._lock:
            earlier = Counter(call.key for call in self._calls)[key]
            status = FAILURES[earlier] if earlier < len(FAILURES) else ACCEPTED
            self._calls.append(Call(key=key, status=status, content=content))
            return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    localhost: Localhost


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self) -> None:
        """Serve the feed."""
        if urlsplit(self.path).path == "/feed.xml":
            self._respond(200, FEED.read_bytes(), {"Content-Type": FEED_TYPE})
        else:
            self._respond(404)

    def do_POST(self) -> None:
        """Serve the webhook."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers.get("Idempotency-Key", "")
        if urlsplit(self.path).path != "/webhook":
            self._respond(404)
        elif not key or (content := _read_content(body)) is None:
            self._respond(400, b"An Idempotency-Key and JSON with a content are required.")
        else:
            status = self.server.localhost.receive(key, content)
            self._respond(status, headers={"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 429 else {})

    def _respond(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != ACCEPTED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing; :attr:`Localhost.calls` has all calls."""


def _read_content(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["content"])
    except (ValueError, KeyError, TypeError):
        return None
