"""The queues of a supervised cluster: datagram sockets, so that a killed reader or writer locks no other out.

The kernel gives each message to one of the processes that wait for it. A reader that is killed loses at most
the message that it has just read.
"""

from __future__ import annotations

import pickle
import socket
import struct
import tempfile
from contextlib import suppress
from typing import Any, Final

from squid_mesh.processes import own

#: What ends the loops of django-q2's workers and monitor.
STOP: Final = "STOP"
#: Seconds that a process waits for the kernel before it shows progress and looks whether it has to stop.
_PATIENCE: Final = 0.5
#: A longer message travels as an open file: systems limit the length of datagrams.
_LONGEST: Final = 1500
_IN_FILE: Final = b"\0"


class SocketQueue:
    """What django-q2 needs of a queue, on a pair of sockets. Each call may come from several processes."""

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        patience = struct.pack("@ll", int(_PATIENCE), int(_PATIENCE % 1 * 1_000_000))
        # The kernel's own timeouts: with Python's, all waiting processes wake up for each message.
        self._reading.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        self._writing.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)

    def send(self, item: Any) -> bool:
        """Send the item; return False if the queue is full and stays so for half a second."""
        data = pickle.dumps(item)
        try:
            if len(data) <= _LONGEST:
                self._writing.send(data)
                return True
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.flush()
                socket.send_fds(self._writing, [_IN_FILE], [file.fileno()])
        except BlockingIOError:
            return False
        return True

    def receive(self) -> Any:
        """Return the next item; raise BlockingIOError if none comes within half a second."""
        data, descriptors, _flags, _address = socket.recv_fds(self._reading, _LONGEST, 1)
        if data != _IN_FILE:
            return pickle.loads(data)  # noqa: S301 - from a process of this cluster
        with open(descriptors[0], "rb") as file:  # noqa: PTH123 - it has no path
            file.seek(0)
            return pickle.load(file)  # noqa: S301 - as above

    def receive_now(self) -> list[Any]:
        """Return the items that are left, without waiting."""
        found: list[Any] = []
        self._reading.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                found.append(self.receive())
        return found

    def qsize(self) -> int:
        """Return 1 if an item waits, else 0: more would need a lock. django-q2 shows it in its statistics."""
        try:
            self._reading.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        return 1

    def empty(self) -> bool:
        """Return whether no item waits."""
        return not self.qsize()

    def close(self) -> None:
        """Do nothing: the sockets end with the processes."""

    def join_thread(self) -> None:
        """Do nothing: there is no thread, and what was put is in the kernel."""


class TaskQueue(SocketQueue):
    """From the pusher to the workers. It ends as soon as the cluster is asked to stop."""

    def put(self, item: Any) -> None:
        """Add a task, when there is room. While the cluster stops, the item is dropped.

        A dropped task of the project is still in its table, and no worker needs to be sent ``STOP``.
        """
        while not own.is_stopping() and item != STOP:
            own.beat()
            if self.send(item):
                return

    def get(self) -> Any:
        """Return the next task; ``STOP`` when the cluster is asked to stop."""
        own.set_busy(False)
        while not own.is_stopping():
            own.beat()
            with suppress(BlockingIOError):
                item = self.receive()
                own.set_busy(True)
                return item
        return STOP


class ResultQueue(SocketQueue):
    """From the workers to the monitor, which handles everything up to ``STOP``."""

    def put(self, item: Any) -> None:
        """Add a result. It waits while the monitor has too many to handle."""
        while not self.send(item):
            own.beat()

    def get(self) -> Any:
        """Return the next result."""
        own.set_busy(False)
        while True:
            own.beat()
            with suppress(BlockingIOError):
                item = self.receive()
                own.set_busy(True)
                return item
