"""Records the locks that a connection takes, in order, and finds step locks that come before their run's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

_TABLE = r'["`]?squid_mesh_(run|steprun)["`]?'
#: In the order of the text: the tables that are read, the locking clauses, and the writes.
_TOKEN = re.compile(
    rf"(?P<write>UPDATE|DELETE FROM|INSERT INTO) {_TABLE}\b"
    rf"|(?:FROM|JOIN) {_TABLE}(?: (?P<alias>[sr])\b)?"
    r"|FOR (?:NO KEY UPDATE|UPDATE|KEY SHARE)(?: OF (?P<of>\w+))?(?P<skip> SKIP LOCKED)?",
    re.IGNORECASE,
)
_ALIASES = {"s": "steprun", "r": "run"}


@dataclass
class Locks:
    """The transactions of a connection. ``violations`` are statements that wait for a run after a step."""

    violations: list[str] = field(default_factory=list)
    both: int = 0
    _held: set[str] = field(default_factory=set)

    def end_transaction(self) -> None:
        """Release everything."""
        self.both += self._held == {"run", "steprun"}
        self._held = set()

    def add(self, statement: str) -> None:
        """Take the locks of a statement, in the order of its text."""
        read = ""
        for token in _TOKEN.finditer(statement):
            if token["write"]:
                self._take(token[2], statement, waits=token["write"].upper() != "INSERT INTO")
            elif token[3]:
                read = token[3]
            else:
                table = _ALIASES.get(token["of"] or "", read)
                self._take(table, statement, waits=not token["skip"])

    def _take(self, table: str, statement: str, *, waits: bool) -> None:
        if table == "run" and waits and "run" not in self._held and "steprun" in self._held:
            self.violations.append(statement)
        if table:
            self._held.add(table)


@contextmanager
def recorded_locks(alias: str = "default") -> Iterator[Locks]:
    """Record the locks that this thread's connection takes in the body."""
    locks, connection = Locks(), connections[alias]
    set_autocommit = connection.set_autocommit

    def mark(*args: Any, **kwargs: Any) -> None:
        locks.end_transaction()
        set_autocommit(*args, **kwargs)

    def record(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        result = execute(sql, params, many, context)
        locks.add(sql)
        if not connection.in_atomic_block:
            locks.end_transaction()
        return result

    connection.set_autocommit = mark  # type: ignore[method-assign]
    try:
        with connection.execute_wrapper(record):
            yield locks
    finally:
        del connection.set_autocommit  # type: ignore[method-assign]
        locks.end_transaction()
