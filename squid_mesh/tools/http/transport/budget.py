"""The time and the bytes that one call may take, counted where the socket is read and written."""

from __future__ import annotations

import io
import socket
import time
from typing import Any, Final, Literal

from squid_mesh.tools.http.errors import HttpTimeout, HttpTooLarge

#: Headers, chunk marks and other framing that a response may have beside its body.
_FRAMING: Final = 256 * 1024
#: A body cut into chunks of one byte takes that many bytes for each.
_PER_BYTE: Final = 8
#: What is sent under one timeout; a TLS record's size.
_PIECE: Final = 16 * 1024


class Budget:
    """What is left for one call, over all its redirects. Seconds by the process's monotonic clock."""

    def __init__(self, *, connect: float, read: float, total: float, body_bytes: int) -> None:
        self._until = time.monotonic() + total
        self._wire = _PER_BYTE * body_bytes + _FRAMING
        self.connect = connect
        self.read = read
        self.total = total
        self.body_bytes = body_bytes

    def left(self, at_most: float) -> float:
        """Seconds that the next operation may take: ``at_most``, or what is left of the whole.

        Raises:
            HttpTimeout: nothing is left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise HttpTimeout(self._over())
        return min(at_most, left)

    def timed_out(self, otherwise: str) -> HttpTimeout:
        """The error for a wait that ended: the whole time is over, or else only that wait's own."""
        over = time.monotonic() >= self._until
        return HttpTimeout(self._over() if over else otherwise)

    def _over(self) -> str:
        return f"was not over after {self.total:g} s"

    def take(self, count: int) -> None:
        """Note that so many bytes came from the network. Raises HttpTooLarge past all that are plausible."""
        self._wire -= count
        if self._wire < 0:
            raise HttpTooLarge(f"gave more than the {self.body_bytes} bytes allowed")


class BudgetedSocket:
    """A connected socket, plain or TLS, each of whose operations is held to what is left of the budget.

    Requests' read timeout counts anew at each byte that arrives, so a server that drips never meets it.
    """

    def __init__(self, sock: socket.socket, budget: Budget) -> None:
        self._sock = sock
        self._budget = budget
        self.has_ended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def settimeout(self, seconds: float | None) -> None:
        """Leave the timeout to the budget, which sets it before every operation."""

    def allow(self) -> None:
        """Set the timeout of the next operation. Raises HttpTimeout where no time is left."""
        self._sock.settimeout(self._budget.left(self._budget.read))

    def sendall(self, data: Any) -> None:
        """Send all of it, piece by piece: TLS takes the timeout for each of its records."""
        view = memoryview(data).cast("B")
        for start in range(0, len(view), _PIECE):
            self.allow()
            self._sock.sendall(view[start : start + _PIECE])

    def received(self, count: int) -> None:
        """Note that so many bytes came; none: the other side has ended."""
        self.has_ended = count == 0
        self._budget.take(count)

    def makefile(self, mode: Literal["rb"]) -> io.BufferedReader:
        """A file to read the response from."""
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_BudgetedReader(raw, self))


class _BudgetedReader(io.RawIOBase):
    def __init__(self, raw: socket.SocketIO, sock: BudgetedSocket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.allow()
        count = self._raw.readinto(buffer)
        self._sock.received(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()
