"""Count PostgreSQL's answers on one connection as they pass.

Every statement ends in CommandComplete, and ReadyForQuery says whether a transaction is open. Commits are
counted as in `pg_stat_database.xact_commit`: a lone SELECT, or a pool's ping, outside a transaction is one
too. Statements are all but BEGIN, COMMIT and ROLLBACK.
"""

from dataclasses import dataclass

HEADER = 5  # A type byte and four bytes of length.
BOUNDARIES = (b"BEGIN", b"START TRANSACTION", b"COMMIT", b"ROLLBACK")


@dataclass(frozen=True, slots=True)
class Counts:
    """Committed transactions and statements."""

    commits: float = 0
    statements: float = 0

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(self.commits - other.commits, self.statements - other.statements)

    def scaled(self, factor: float) -> "Counts":
        return Counts(self.commits * factor, self.statements * factor)


class Conversation:
    """The server's answers on one connection, read as they pass."""

    def __init__(self) -> None:
        self.commits = 0
        self.statements = 0
        self._unread = b""
        self._in_transaction = False
        self._did_something = False
        self._ended = False

    def read(self, data: bytes) -> None:
        """Read every complete message; keep the rest for the next chunk."""
        unread = self._unread + data
        start = 0
        while len(unread) - start >= HEADER:
            end = start + 1 + int.from_bytes(unread[start + 1 : start + HEADER], "big")
            if end > len(unread):
                break
            self._message(unread[start : start + 1], unread[start + HEADER : end])
            start = end
        self._unread = unread[start:]

    def _message(self, kind: bytes, body: bytes) -> None:
        if kind == b"C":
            self._command_complete(body.rstrip(b"\0"))
        elif kind == b"I":  # An empty statement, a pool's ping: nothing but a transaction.
            self._did_something = True
        elif kind == b"E":
            self._did_something = False
        elif kind == b"Z":
            self._ready(open_transaction=body != b"I")

    def _command_complete(self, tag: bytes) -> None:
        self._did_something = True
        if tag not in BOUNDARIES:
            self.statements += 1
        elif tag in (b"COMMIT", b"ROLLBACK"):
            self._ended = True
            self.commits += tag == b"COMMIT"

    def _ready(self, *, open_transaction: bool) -> None:
        autocommitted = self._did_something and not (self._in_transaction or open_transaction or self._ended)
        self.commits += autocommitted
        self._in_transaction = open_transaction
        self._did_something = self._ended = False
