"""The limits of time and bytes of one call, enforced at the socket."""

from __future__ import annotations

import io
import socket
import time
from typing import Any, Final, Literal

from squid_mesh.tools.http.errors import HttpTimeout, HttpTooLarge

#: The bytes allowed for headers and other framing besides the body.
_FRAMING: Final = 256 * 1024
#: The bytes per byte of body in the worst case, chunks of one byte.
_PER_BYTE: Final = 8
#: The bytes sent under one timeout: the size of a TLS record.
_PIECE: Final = 16 * 1024


class Budget:
    """The time and bytes left for one call, over all redirects, by the monotonic clock."""

    def __init__(self, *, connect: float, read: float, total: float, body_bytes: int) -> None:
        self._until = time.monotonic() + total
        self._wire = _PER_BYTE * body_bytes + _FRAMING
        self.connect = connect
        self.read = read
        self.total = total
        self.body_bytes = body_bytes

    def seconds_left(self, at_most: float) -> float:
        """Return the seconds that the next operation may take: ``at_most``, or less if less is left.

        Raises:
            HttpTimeout: no time is left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise HttpTimeout(self._total_message())
        return min(at_most, left)

    def timed_out(self, otherwise: str) -> HttpTimeout:
        """Return the error of a timeout: ``otherwise``, unless the time of the whole call is used up."""
        used_up = time.monotonic() >= self._until
        return HttpTimeout(self._total_message() if used_up else otherwise)

    def _total_message(self) -> str:
        return f"timed out: it took longer than {self.total:g} s in total"

    def count_bytes(self, count: int) -> None:
        """Count received bytes.

        Raises:
            HttpTooLarge: more bytes than any allowed response has.
        """
        self._wire -= count
        if self._wire < 0:
            raise HttpTooLarge(f"failed: the response exceeds the limit of {self.body_bytes} bytes")


class BudgetedSocket:
    """A connected socket, plain or TLS, that limits each operation to the time left in the budget.

    The read timeout of requests restarts with each byte, so a server that sends slowly never exceeds it.
    """

    def __init__(self, sock: socket.socket, budget: Budget) -> None:
        self._sock = sock
        self._budget = budget
        self.has_ended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Ignore the timeout: the budget sets it before each operation."""

    def set_timeout(self) -> None:
        """Set the timeout of the next operation. Raises HttpTimeout if no time is left."""
        self._sock.settimeout(self._budget.seconds_left(self._budget.read))

    def sendall(self, data: Any) -> None:
        """Send all data in pieces: TLS applies the timeout to each of its records."""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), _PIECE):
            self.set_timeout()
            self._sock.sendall(view[start : start + _PIECE])

    def count_received(self, count: int) -> None:
        """Count received bytes. 0 means that the other side has closed the connection."""
        self.has_ended = count == 0
        self._budget.count_bytes(count)

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        """Return a file from which the response is read."""
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_BudgetedReader(raw, self))


class _BudgetedReader(io.RawIOBase):
    def __init__(self, raw: socket.SocketIO, sock: BudgetedSocket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.set_timeout()
        count = self._raw.readinto(buffer)
        self._sock.count_received(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
